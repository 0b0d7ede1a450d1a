/**
 * CPU that a process and all its descendants have used, every thread of them, by the scheduler's own count. The same yardstick for
 * our process and for the peers, which cannot be asked. `schedstat` counts nanoseconds, where `stat` counts hundredths of a second.
 */
import { readdirSync, readFileSync } from 'node:fs'

/** Microseconds. Threads that ended are not in it: no process that is measured here ends one under load. */
export function cpuMicrosOf(pid: number): number {
  let nanoseconds = 0
  for (const one of familyOf(pid))
    for (const thread of readdirSync(`/proc/${one}/task`))
      nanoseconds += nanosecondsOf(one, Number(thread))
  return nanoseconds / 1000
}

/** Of the thread that runs JavaScript first: what it does, all others wait for. */
export function mainThreadMicrosOf(pid: number): number {
  return nanosecondsOf(pid, pid) / 1000
}

function nanosecondsOf(pid: number, thread: number): number {
  const [onCpu = ''] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')
  return Number(onCpu)
}

/** The process and its descendants: nginx, for one, works in a child. */
export function familyOf(pid: number): readonly number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const parent = parentOf(name)
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const family = [pid]
  for (const one of family) family.push(...(children.get(one) ?? []))
  return family
}

function parentOf(name: string): number | undefined {
  try {
    // The second field is the command in brackets, which may itself hold any character.
    const text = readFileSync(`/proc/${name}/stat`, 'latin1')
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined // ended meanwhile
  }
}
