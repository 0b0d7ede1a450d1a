/** Names and addresses of this machine itself, where plain HTTP crosses no wire. `host` as `URL.hostname` gives it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.[0-9]{1,3}){3}$/.test(host)
}
