/** The offset file of a consumer: one line, whose sum covers what the chain cannot prove. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { ReadPoint } from './spool-reader.ts'

const OFFSET =
  /^(\{"v":1,"seq":(\d{1,15}),"hash":"([0-9a-f]{64})","segment":(\d{1,10}),"offset":(\d{1,10})),"crc":(\d{1,10})\}\n$/

export function offsetText({ seq, hash, ordinal, offset }: ReadPoint): string {
  const fields = { v: 1, seq, hash: hash.toString('hex'), segment: ordinal, offset }
  // The chain proves hash and offset when they are read again, and nothing but the sum proves `seq`.
  const text = JSON.stringify(fields).slice(0, -1)
  return `${text},"crc":${crc32(text)}}\n`
}

/** `undefined`: it is not as it was written. */
export function parseOffset(text: string): ReadPoint | undefined {
  const match = OFFSET.exec(text)
  if (match === null) return undefined
  const [, summed = '', seq, hash = '', segment, offset, sum] = match
  if (crc32(summed) !== Number(sum)) return undefined
  return {
    seq: Number(seq),
    hash: Buffer.from(hash, 'hex'),
    ordinal: Number(segment),
    offset: Number(offset),
  }
}

export interface NamedOffset {
  /** Within the spool's folder. */
  readonly file: string
  readonly name: string
  /** `undefined`: the file is damaged. */
  readonly point: ReadPoint | undefined
}

/** Where each durable consumer stands. */
export async function readOffsets(dir: string): Promise<readonly NamedOffset[]> {
  const names: string[] = await readdir(join(dir, 'consumers')).catch(() => [])
  names.sort()
  return Promise.all(
    names
      .filter((name) => name.endsWith('.json'))
      .map(async (name) => {
        const file = `consumers/${name}`
        const text = await readFile(join(dir, file), 'utf8').catch(() => '')
        return { file, name: name.slice(0, -'.json'.length), point: parseOffset(text) }
      }),
  )
}
