/**
 * The environment of a thread that runs units. It may hold secrets, and units must not depend on it: nothing of it but where compiled
 * modules are kept, without which the thread would compile its own anew.
 */
export function threadEnvironment(): Readonly<Record<string, string>> {
  const { NODE_COMPILE_CACHE } = process.env
  return NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }
}
