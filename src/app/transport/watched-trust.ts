/** The trust stores of a configuration, from their files and kept up with them: revocation lists are replaced while the gateway runs. */
import type { TrustStoreConfig } from '../../config/index.ts'
import { type TrustStore, trustStore } from '../../gateway/core/index.ts'
import {
  type Certificate,
  MAX_CRL_BYTES,
  MAX_PEM_CHARS,
  readCertificate,
  readPem,
  readRevocationList,
  type RevocationList,
} from '../../proof/index.ts'
import { type WatchedFile, watchedFile } from './watched-file.ts'

export interface WatchedTrust {
  /** Of these names, those that there are. */
  stores(names: readonly string[]): readonly TrustStore[]
  /** Counts up with each change of any of them. */
  readonly version: number
  /** Files that cannot be used as they are. */
  readonly problems: readonly string[]
  /** Looks at all files. Never rejects; whether something is another now. */
  check(): Promise<boolean>
}

interface Watched {
  readonly config: TrustStoreConfig
  readonly anchors: readonly WatchedFile<readonly Certificate[]>[]
  readonly lists: readonly WatchedFile<readonly RevocationList[]>[]
}

export function watchedTrust(configs: readonly TrustStoreConfig[]): WatchedTrust {
  const watched: readonly Watched[] = configs.map((config) => ({
    config,
    anchors: config.anchors.map((file) => watchedFile(file, MAX_PEM_CHARS, readCertificates)),
    lists: config.crls.map((file) => watchedFile(file, MAX_CRL_BYTES * 2, readLists)),
  }))
  let stores: ReadonlyMap<string, TrustStore> = new Map()
  let version = 0
  return {
    stores: (names) => names.flatMap((name) => stores.get(name) ?? []),
    get version() {
      return version
    },
    get problems() {
      return watched.flatMap(({ anchors, lists }) =>
        [...anchors, ...lists].flatMap(({ problem }) => problem ?? []),
      )
    },
    async check() {
      let changed = version === 0
      for (const { anchors, lists } of watched)
        for (const file of [...anchors, ...lists]) if (await file.check()) changed = true
      if (!changed) return false
      stores = new Map(watched.map((one) => [one.config.name, storeOf(one)]))
      version++
      return true
    },
  }
}

function storeOf({ config, anchors, lists }: Watched): TrustStore {
  return trustStore(
    config.name,
    anchors.flatMap(({ value }) => value ?? []),
    config.revocation === 'none' ? undefined : lists.flatMap(({ value }) => value ?? []),
  )
}

/** @throws Error with what is wrong with the file */
export function readCertificates(bytes: Buffer): readonly Certificate[] {
  const blocks = readPem('CERTIFICATE', bytes.toString('latin1'))
  if (blocks === undefined || blocks.length === 0) throw new Error('it holds no certificate in PEM')
  return blocks.map((der, at) => {
    const read = readCertificate(der)
    if (!read.ok) throw new Error(`certificate ${at + 1}: ${read.fault}`)
    return read.certificate
  })
}

function readLists(bytes: Buffer): readonly RevocationList[] {
  const blocks = bytes[0] === 0x30 ? [bytes] : readPem('X509 CRL', bytes.toString('latin1'))
  if (blocks === undefined || blocks.length === 0)
    throw new Error('it holds no revocation list in PEM or DER')
  return blocks.map((der, at) => {
    const read = readRevocationList(der)
    if (!read.ok) throw new Error(`revocation list ${at + 1}: ${read.fault}`)
    return read.list
  })
}
