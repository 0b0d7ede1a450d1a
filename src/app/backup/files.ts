/** Files of a backup: listed, digested, copied, made durable. */
import { createHash } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { chmod, copyFile, mkdir, open, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { GatehouseError } from '../../lib/index.ts'
import type { BackupFile } from './manifest.ts'

/** Regular files below a folder, sorted; anything else (a link, a socket) is named in `others`. */
export async function filesBelow(
  dir: string,
  within = '',
): Promise<{ readonly files: readonly string[]; readonly others: readonly string[] }> {
  const files: string[] = []
  const others: string[] = []
  for (const entry of await readdir(join(dir, within), { withFileTypes: true })) {
    const path = within === '' ? entry.name : `${within}/${entry.name}`
    if (entry.isDirectory()) {
      const inner = await filesBelow(dir, path)
      files.push(...inner.files)
      others.push(...inner.others)
    } else if (entry.isFile()) files.push(path)
    else others.push(path)
  }
  return { files: files.sort(), others }
}

export async function digestOf(dir: string, path: string): Promise<BackupFile> {
  const sum = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(join(dir, path))) {
    const piece = chunk as Buffer // sound: a stream without an encoding gives buffers
    bytes += piece.length
    sum.update(piece)
  }
  return { path, bytes, sha256: sum.digest('hex') }
}

export async function copyInto(from: string, to: string, path: string): Promise<void> {
  const target = join(to, path)
  await mkdir(dirname(target), { recursive: true, mode: 0o700 })
  await copyFile(join(from, path), target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
}

/** Every file and folder below and including `dir` is its owner's alone and survives a power cut when this resolves. */
export async function makeDurable(dir: string): Promise<void> {
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) await makeDurable(path)
    else {
      await chmod(path, 0o600)
      await sync(path)
    }
  }
  await sync(dir)
}

export async function sync(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A name that nothing has yet, or an empty folder. @throws GH_BACKUP_TARGET */
export async function refuseTaken(path: string): Promise<void> {
  const names = await readdir(path).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT') return []
    if (code === 'ENOTDIR') return [path]
    throw error
  })
  if (names.length > 0) throw new GatehouseError('GH_BACKUP_TARGET', path)
}
