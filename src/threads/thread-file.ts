/** Where the compiled program of a thread is. Threads run JavaScript alone, also where the sources are run directly. */

/**
 * @param here `import.meta.url` of the file that starts it
 * @param name of the compiled file in the same folder
 */
export const threadFile = (here: string, name: string): URL =>
  new URL(name, here.endsWith(".ts") ? here.replace(/^(.*)\/src\//, "$1/dist/") : here);
