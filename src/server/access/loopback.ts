/** Addresses that only programs on the same machine reach. */

/** @param host a name or address, as in an option or, without its port, in a Host header */
export const isLoopback = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
