/**
 * What a power cut may leave of files, by what a process was seen to do with them: `strace` records its calls, and an image is made of
 * any moment. What was synced is there; of the rest each write is there, gone, or torn at a multiple of 512 bytes; a name is durable once
 * its folder was synced, and before that made, renamed or removed, or not. Pessimistic: a real disk writes back by itself.
 */
import { readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'

type Change =
  | { readonly kind: 'write'; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly length: number }

interface File {
  synced: Buffer
  pending: Change[]
}

export type Call =
  | {
      readonly kind: 'open'
      readonly path: string
      readonly fd: number
      readonly made: boolean
      readonly emptied: boolean
    }
  | { readonly kind: 'close'; readonly fd: number }
  | {
      readonly kind: 'write'
      readonly fd: number
      readonly at: number | undefined
      readonly bytes: Buffer
    }
  | { readonly kind: 'truncate'; readonly fd: number; readonly length: number }
  | { readonly kind: 'sync'; readonly fd: number }
  | { readonly kind: 'unlink'; readonly path: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }

export const TRACED = 'openat,close,pwrite64,write,fsync,fdatasync,ftruncate,unlink,rename'

/** The calls of a trace of one thread, made with `-xx` and a length of strings beyond any write. */
export function readTrace(file: string): Call[] {
  return readFileSync(file, 'latin1')
    .split('\n')
    .flatMap((line) => callOf(line) ?? [])
}

function callOf(line: string): Call | undefined {
  const match = /^(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)/.exec(line)
  if (match === null) return undefined
  const [, name = '', args = '', result = '-1'] = match
  const fd = Number(/^\d+/.exec(args)?.[0] ?? -1)
  if (Number(result) < 0) return undefined
  const texts = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?/g)].map(
    ([, hex = '', more]) => {
      if (more !== undefined) throw new Error('the trace is cut short')
      return Buffer.from(hex.replaceAll('\\x', ''), 'hex')
    },
  )
  const path = texts[0]?.toString() ?? ''
  switch (name) {
    case 'openat':
      return {
        kind: 'open',
        path,
        fd: Number(result),
        made: args.includes('O_CREAT'),
        emptied: args.includes('O_TRUNC'),
      }
    case 'close':
      return { kind: 'close', fd }
    case 'pwrite64':
    case 'write': {
      const bytes = (texts[0] ?? Buffer.alloc(0)).subarray(0, Number(result))
      const at = name === 'write' ? undefined : Number(/, (\d+)$/.exec(args)?.[1])
      return { kind: 'write', fd, at, bytes }
    }
    case 'ftruncate':
      return { kind: 'truncate', fd, length: Number(/, (\d+)$/.exec(args)?.[1]) }
    case 'fsync':
    case 'fdatasync':
      return { kind: 'sync', fd }
    case 'unlink':
      return { kind: 'unlink', path }
    case 'rename':
      return { kind: 'rename', from: path, to: texts[1]?.toString() ?? '' }
    default:
      return undefined
  }
}

export interface TracedFiles {
  apply(call: Call): void
  /** Name → content of the files of `dir`, as a cut now might leave them. */
  image(dir: string, random: () => number): ReadonlyMap<string, Buffer>
}

export function tracedFiles(): TracedFiles {
  const fds = new Map<number, { path: string; file: File | undefined; offset: number }>()
  /** Names as the process sees them, and as they are on disk for certain. */
  const live = new Map<string, File>()
  const durable = new Map<string, File>()

  function apply(call: Call): void {
    switch (call.kind) {
      case 'open': {
        let file = live.get(call.path)
        if (file === undefined && call.made)
          live.set(call.path, (file = { synced: Buffer.alloc(0), pending: [] }))
        if (call.emptied) file?.pending.push({ kind: 'truncate', length: 0 })
        fds.set(call.fd, { path: call.path, file, offset: 0 })
        return
      }
      case 'close':
        fds.delete(call.fd)
        return
      case 'write': {
        const open = fds.get(call.fd)
        if (open?.file === undefined) return
        const at = call.at ?? open.offset
        if (call.at === undefined) open.offset += call.bytes.length
        open.file.pending.push({ kind: 'write', at, bytes: call.bytes })
        return
      }
      case 'truncate':
        fds.get(call.fd)?.file?.pending.push({ kind: 'truncate', length: call.length })
        return
      case 'sync': {
        const open = fds.get(call.fd)
        if (open?.file !== undefined) {
          open.file.synced = changed(open.file.synced, open.file.pending)
          open.file.pending = []
        } else if (open !== undefined) syncNames(open.path)
        return
      }
      case 'unlink':
        live.delete(call.path)
        return
      case 'rename': {
        const file = live.get(call.from)
        live.delete(call.from)
        if (file !== undefined) live.set(call.to, file)
      }
    }
  }

  function syncNames(dir: string): void {
    for (const path of durable.keys())
      if (dirname(path) === dir && !live.has(path)) durable.delete(path)
    for (const [path, file] of live) if (dirname(path) === dir) durable.set(path, file)
  }

  return {
    apply,
    image(dir, random) {
      const image = new Map<string, Buffer>()
      const share = [0, 0.3, 0.7, 1][Math.floor(random() * 4)] ?? 0
      for (const path of new Set([...live.keys(), ...durable.keys()])) {
        if (dirname(path) !== dir) continue
        const [now, before] = [live.get(path), durable.get(path)]
        const file = now === before || random() < 0.5 ? now : before
        if (file === undefined) continue
        const kept: Change[] = []
        for (const change of file.pending) {
          if (random() >= share) continue
          if (change.kind === 'write' && random() < 0.2) {
            const blocks = Math.floor((random() * change.bytes.length) / 512)
            kept.push({ ...change, bytes: change.bytes.subarray(0, blocks * 512) })
          } else kept.push(change)
        }
        image.set(basename(path), changed(file.synced, kept))
      }
      return image
    },
  }
}

function changed(bytes: Buffer, changes: readonly Change[]): Buffer {
  let made = Buffer.from(bytes)
  for (const change of changes) {
    const length = change.kind === 'truncate' ? change.length : change.at + change.bytes.length
    if (length > made.length) made = Buffer.concat([made, Buffer.alloc(length - made.length)])
    if (change.kind === 'truncate') made = made.subarray(0, length)
    else change.bytes.copy(made, change.at)
  }
  return made
}
