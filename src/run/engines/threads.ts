/** Most threads that an engine is asked to start. More than the machine has cores only slow it down. */
export const MAXIMUM_THREADS = 256;
