/** The data directory: local, private to its owner, and never made by accident. */
import { access, chmod, mkdir, open, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { GatehouseError } from '../lib/index.ts'

/** `f_type` of statfs(2), from linux/magic.h and the drivers' headers: locks or fsync cannot be relied on there. */
const REMOTE = new Map<number, string>([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9P'],
  [0x5346414f, 'AFS'],
  [0x73757245, 'Coda'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x564c, 'NCP'],
])

export interface FolderOptions {
  /** Makes folder and database when they are not there. */
  readonly create: boolean
  readonly fileSystemType: (dir: string) => Promise<number>
}

/** `f_type` of the file system that holds `dir`; 0 where the number has no meaning (not Linux). */
export async function fileSystemTypeOf(dir: string): Promise<number> {
  return process.platform === 'linux' ? (await statfs(dir)).type : 0
}

/** Name of a file system on which locks or fsync cannot be relied on; `undefined`: it is another. */
function nameOfRemote(type: number): string | undefined {
  return REMOTE.get(type >>> 0)
}

/** The same of the file system that holds `dir`. */
export async function remoteFileSystemOf(dir: string): Promise<string | undefined> {
  return nameOfRemote(await fileSystemTypeOf(dir))
}

/** Path of the database file, which exists with mode 0600 afterwards. @throws GH_STORE_MISSING, GH_STORE_NETWORK_FS */
export async function prepareFolder(dir: string, options: FolderOptions): Promise<string> {
  const database = join(dir, 'gatehouse.db')
  if (options.create) await mkdir(dir, { recursive: true, mode: 0o700 })
  else
    await access(database).catch((cause: unknown) => {
      throw new GatehouseError('GH_STORE_MISSING', `no database at ${database}`, { cause })
    })
  const remote = nameOfRemote(await options.fileSystemType(dir))
  if (remote !== undefined)
    throw new GatehouseError('GH_STORE_NETWORK_FS', `${dir} is on a ${remote} file system`)
  return database
}

/** Call with the lock held and before SQLite opens the file: its journals take over this mode. */
export async function makePrivate(database: string): Promise<void> {
  await (await open(database, 'a', 0o600)).close()
  await chmod(database, 0o600)
}
