/** Files of the configuration in force that are looked at now and then, and what is told of them. */
export interface LookedAt {
  /** Why they cannot be used as they are now; `undefined`: they can. */
  readonly problem: string | undefined
  check(): void
}

/** Looks at what is in force now; `say` is told of a problem once, and once all is well again (`undefined`). */
export function watchFiles(
  current: () => readonly LookedAt[],
  say: (problem: string | undefined) => void,
): () => void {
  let told = ''
  return () => {
    const all = current()
    for (const one of all) one.check()
    const now = all.flatMap(({ problem }) => problem ?? []).join('; ')
    if (now === told) return
    told = now
    say(now === '' ? undefined : now)
  }
}
