/** The machine: Node, memory, open files, clocks. */
import { createHash } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import { freemem, totalmem } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { ailing, type Diagnosis, type DoctorParts, healthy } from './diagnosis.ts'

const NODE_MAJOR = 24
const MIN_FREE_BYTES = 256 * 2 ** 20
const MIN_OPEN_FILES = 4096
const CLOCK_LOOK_MS = 100
/** A wall clock that is set while it is looked at. */
const MAX_DRIFT_MS = 50
const MAX_SKEW_MS = 60_000

export async function node(): Promise<Diagnosis> {
  const sum = createHash('sha256')
  for await (const chunk of createReadStream(process.execPath)) sum.update(chunk as Buffer) // sound: a stream without encoding gives buffers
  const evidence = `${process.version}, ${process.execPath}, sha256 ${sum.digest('hex')}`
  const major = Number(process.versions.node.split('.')[0])
  return major >= NODE_MAJOR
    ? healthy('node', evidence)
    : ailing('node', 'fail', evidence, `Use Node ${NODE_MAJOR} or newer (npm ci brings it).`)
}

export function memory(): Diagnosis {
  const free = availableBytes()
  const evidence = `${mebibytes(free)} MiB of ${mebibytes(totalmem())} MiB are free`
  return free >= MIN_FREE_BYTES
    ? healthy('memory', evidence)
    : ailing('memory', 'warn', evidence, 'Give the machine more memory, or other processes less.')
}

/** What can be had without swapping, where the system says it; caches count as free. */
function availableBytes(): number {
  const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(textOf('/proc/meminfo'))?.[1]
  return kibibytes === undefined ? freemem() : Number(kibibytes) * 1024
}

export function openFiles(): Diagnosis {
  const limit = /^Max open files\s+(\d+|unlimited)/m.exec(textOf('/proc/self/limits'))?.[1]
  if (limit === undefined)
    return ailing('open files', 'warn', 'the limit is not known here', 'Look at ulimit -n.')
  if (limit === 'unlimited' || Number(limit) >= MIN_OPEN_FILES)
    return healthy('open files', `${limit} may be open`)
  const mend = `Raise ulimit -n to ${MIN_OPEN_FILES} or more: each connection takes one or two.`
  return ailing('open files', 'warn', `${limit} may be open`, mend)
}

/** Two clocks looked at together: the wall clock must not run away while it is looked at. */
export async function clock({ now }: DoctorParts): Promise<Diagnosis> {
  const [wall, steady] = [now(), performance.now()]
  await delay(CLOCK_LOOK_MS)
  const drift = Math.abs(now() - wall - (performance.now() - steady))
  const evidence = `${new Date(wall).toISOString()}; ${drift.toFixed(1)} ms apart from the steady clock in ${CLOCK_LOOK_MS} ms`
  return drift <= MAX_DRIFT_MS
    ? healthy('clock', evidence)
    : ailing('clock', 'warn', evidence, 'Something sets the clock: let one time service slew it.')
}

/** An event from the future means that a clock was wrong then, or is now: token lifetimes and expiry hang on it. */
export function skew(lastEventAt: number | null, now: number): Diagnosis {
  if (lastEventAt === null) return healthy('clock skew', 'there is no event to compare with')
  const ahead = lastEventAt - now
  const evidence = `the last event is from ${new Date(lastEventAt).toISOString()}`
  if (ahead <= MAX_SKEW_MS) return healthy('clock skew', evidence)
  const mend = 'Compare the clock with a time service; until then tokens may live too long.'
  return ailing('clock skew', 'fail', `${evidence}, ${Math.round(ahead / 1000)} s ahead`, mend)
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20)
