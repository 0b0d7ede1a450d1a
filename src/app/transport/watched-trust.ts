/** The trust stores of a configuration, from their files and kept up with them: revocation lists are replaced while the gateway runs. */
import type { TrustStoreConfig } from '../../config/index.ts'
import { canonicalJson, GatehouseError } from '../../lib/index.ts'
import { type TrustStore, trustStore } from '../../gateway/core/index.ts'
import {
  type Certificate,
  MAX_CRL_BYTES,
  MAX_PEM_CHARS,
  MAX_TRUSTED_LIST_CHARS,
  readCertificate,
  readPem,
  readRevocationList,
  readTrustedList,
  type RevocationList,
  type TrustedList,
} from '../../proof/index.ts'
import {
  type CertificateStatus,
  certificateStatus,
  type OcspCounts,
  type StatusPorts,
} from './certificate-status.ts'
import { type WatchedFile, watchedFile } from './watched-file.ts'

export interface WatchedTrust {
  /** Of these names, those that there are. */
  stores(names: readonly string[]): readonly TrustStore[]
  /** Counts up with each change of any of them. */
  readonly version: number
  /** Files that cannot be used as they are. */
  readonly problems: readonly string[]
  /** Of those that ask responders: what they said. */
  readonly answers: readonly StoreAnswers[]
  /** Looks at all files. Never rejects; whether something is another now. */
  check(): Promise<boolean>
  /** Ends when the responders that are being asked about these certificates (RFC 8705 thumbprints) have answered or are late. */
  settled(thumbprints: readonly string[]): Promise<unknown> | undefined
  /**
   * Makes other trust stores ready; those that are configured as before go on, with all that is known of their certificates.
   * @throws GH_GATEWAY_TRUST_FILE where a file of a store that is new or changed cannot be used; then nothing is another
   */
  open(configs: readonly TrustStoreConfig[]): Promise<Opened>
  /** Asks nobody any more. */
  close(): void
}

/** What is ready and does not count yet. */
export interface Opened {
  /** Never fails. */
  readonly take: () => void
  readonly discard: () => void
}

export interface StoreAnswers {
  readonly store: string
  readonly counts: OcspCounts
  /** Of the oldest answer that counts; 0: there is none. */
  readonly oldestMs: number
}

interface Watched {
  readonly config: TrustStoreConfig
  readonly anchors: readonly WatchedFile<readonly Certificate[]>[]
  readonly lists: readonly WatchedFile<readonly RevocationList[]>[]
  readonly trusted: readonly WatchedList[]
  readonly status: CertificateStatus | undefined
  /** Owned by `listsEnd()`: when it was last looked at. */
  lookedAt: number
}

/** A trusted list and those who may have signed it: another of either is read anew. */
interface WatchedList {
  readonly file: WatchedFile<string>
  readonly signers: WatchedFile<readonly Certificate[]>
  /** Owned by `readTrusted()`, as the members below: the last that was signed, and the same while it is in force. */
  list: TrustedList | undefined
  counts: TrustedList | undefined
  problem: string | undefined
}

export function watchedTrust(
  configs: readonly TrustStoreConfig[],
  ports: StatusPorts,
): WatchedTrust {
  const { clock } = ports
  let watched: readonly Watched[] = configs.map((config) => watchStore(config, ports))
  let stores: ReadonlyMap<string, TrustStore> = new Map()
  let version = 0
  const statuses = (): readonly CertificateStatus[] => watched.flatMap(({ status }) => status ?? [])
  return {
    stores: (names) => names.flatMap((name) => stores.get(name) ?? []),
    get version() {
      return statuses().reduce((sum, status) => sum + status.version, version)
    },
    get problems() {
      return watched.flatMap((one) => [...fileProblems(one), ...(one.status?.problems ?? [])])
    },
    get answers() {
      return watched.flatMap(({ config: { name: store }, status }) =>
        status === undefined
          ? []
          : [{ store, counts: { ...status.counts }, oldestMs: status.oldestMs() }],
      )
    },
    async check() {
      let changed = version === 0
      for (const one of watched) {
        if (listsEnd(one, clock.now())) changed = true
        if (await look(one, clock.now())) changed = true
      }
      if (!changed) return false
      stores = new Map(watched.map((one) => [one.config.name, storeOf(one)]))
      version++
      return true
    },
    settled(thumbprints) {
      const waiting = statuses().flatMap((status) =>
        thumbprints.flatMap((thumbprint) => status.settled(thumbprint) ?? []),
      )
      return waiting.length === 0 ? undefined : Promise.all(waiting)
    },
    async open(next) {
      const before = new Map(watched.map((one) => [canonicalJson(one.config), one]))
      const fresh: Watched[] = []
      const all = next.map((config) => {
        const same = before.get(canonicalJson(config))
        if (same !== undefined) return same
        const one = watchStore(config, ports)
        fresh.push(one)
        return one
      })
      const discard = (): void => {
        for (const { status } of fresh) status?.close()
      }
      for (const one of fresh) await look(one, clock.now())
      // Lists of revocation may come later: until then nobody is believed whom they are about.
      const [problem] = fresh.flatMap(({ anchors, trusted }) =>
        [...anchors, ...trusted].flatMap(({ problem: wrong }) => wrong ?? []),
      )
      if (problem !== undefined) {
        discard()
        throw new GatehouseError('GH_GATEWAY_TRUST_FILE', problem)
      }
      return {
        take() {
          const gone = statuses().filter((one) => !all.some(({ status }) => status === one))
          // It only ever grows: who remembers a judgement asks whether it is that of now.
          version += 1 + gone.reduce((sum, status) => sum + status.version, 0)
          watched = all
          stores = new Map(watched.map((one) => [one.config.name, storeOf(one)]))
          for (const status of gone) status.close()
        },
        discard,
      }
    },
    close() {
      for (const status of statuses()) status.close()
    },
  }
}

function watchStore(config: TrustStoreConfig, ports: StatusPorts): Watched {
  return {
    config,
    anchors: config.anchors.map((file) => watchedFile(file, MAX_PEM_CHARS, readCertificates)),
    lists: config.crls.map((file) => watchedFile(file, MAX_CRL_BYTES * 2, readLists)),
    trusted: config.trustedLists.map(({ file, signers }): WatchedList => ({
      file: watchedFile(file, MAX_TRUSTED_LIST_CHARS, (bytes) => bytes.toString('utf8')),
      signers: watchedFile(signers, MAX_PEM_CHARS, readCertificates),
      list: undefined,
      counts: undefined,
      problem: undefined,
    })),
    status: config.ocsp === null ? undefined : certificateStatus(config.name, config.ocsp, ports),
    lookedAt: ports.clock.now(),
  }
}

function fileProblems({ anchors, lists, trusted }: Watched): readonly string[] {
  return [
    ...[...anchors, ...lists].flatMap(({ problem }) => problem ?? []),
    ...trusted.flatMap(({ problem }) => problem ?? []),
  ]
}

/** At every file; whether one is another now. */
async function look({ anchors, lists, trusted }: Watched, now: number): Promise<boolean> {
  let changed = false
  for (const file of [...anchors, ...lists]) if (await file.check()) changed = true
  for (const list of trusted) if (await readTrusted(list, now)) changed = true
  return changed
}

/** Whether a list went out of date since the last look, so that responders are asked in its place. */
function listsEnd(one: Watched, now: number): boolean {
  const since = one.lookedAt
  one.lookedAt = now
  return (
    one.status !== undefined &&
    one.lists
      .flatMap(({ value }) => value ?? [])
      .some(({ nextUpdate }) => nextUpdate >= since && nextUpdate < now)
  )
}

/** Whether another list counts now, or none any more. */
async function readTrusted(one: WatchedList, now: number): Promise<boolean> {
  const { file, signers } = one
  const changed = [await file.check(), await signers.check()].includes(true)
  if (changed && file.value !== undefined && signers.value !== undefined) {
    const read = readTrustedList(file.value, signers.value)
    one.problem = read.ok ? undefined : `${file.path}: ${read.fault}`
    if (read.ok) one.list = read.list
  }
  one.problem = file.problem ?? signers.problem ?? one.problem
  // A list that is out of date vouches for nobody (ETSI TS 119 612 §5.3.15).
  if (one.list !== undefined && !isCurrent(one.list, now))
    one.problem = `${file.path}: it is out of date since ${new Date(one.list.nextUpdate).toISOString()}`
  const counts = isCurrent(one.list, now) ? one.list : undefined
  if (counts === one.counts) return false
  one.counts = counts
  return true
}

function isCurrent(list: TrustedList | undefined, now: number): boolean {
  return list !== undefined && now < list.nextUpdate
}

function storeOf({ config, anchors, lists, trusted, status }: Watched): TrustStore {
  // PEM files are the bank's own word, for whatever they are used; a trusted list says what for.
  const own = anchors.flatMap(({ value }) => value ?? [])
  const listed = trusted.flatMap(({ counts }) => counts ?? [])
  return trustStore(
    config.name,
    [...own, ...listed.flatMap((list) => list.anchors)],
    config.revocation === 'none' ? undefined : lists.flatMap(({ value }) => value ?? []),
    status,
    listed.length === 0 ? own : [...own, ...listed.flatMap((list) => list.sealAnchors)],
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
