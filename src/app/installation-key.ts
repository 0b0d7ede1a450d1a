/**
 * The key of an installation (Ed25519, RFC 8032): it signs the plans that ran here and what must survive a restart unaltered. Made once,
 * mode 0600, beside what it signs: it proves that nobody without access to this folder wrote them, and with the public key elsewhere
 * that nobody changed them since.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { join } from 'node:path'
import { GatehouseError } from '../lib/index.ts'
import { makeOnce, readIfThere } from './private-file.ts'

export interface InstallationKey {
  /** RFC 7638 thumbprint of the public key. */
  readonly id: string
  /** SPKI in PEM, for who verifies elsewhere. */
  readonly publicPem: string
  /** base64url, over the purpose and the text: a signature for one purpose is none for another. */
  sign(purpose: string, text: string): string
  verify(purpose: string, text: string, signature: string): boolean
}

const FILE = 'installation.key'

/** The key that is there; `undefined`: none was made yet. @throws GH_STORE_FAILED when the file holds something else */
export function readInstallationKey(dataDir: string): InstallationKey | undefined {
  const file = join(dataDir, FILE)
  const pem = readIfThere(file)
  return pem === undefined ? undefined : keyOf(pem, file)
}

/** The key that is there, or a new one. @throws GH_STORE_FAILED */
export function installationKey(dataDir: string): InstallationKey {
  const found = readInstallationKey(dataDir)
  if (found !== undefined) return found
  const { privateKey } = generateKeyPairSync('ed25519')
  makeOnce(join(dataDir, FILE), privateKey.export({ format: 'pem', type: 'pkcs8' }).toString())
  const made = readInstallationKey(dataDir)
  if (made === undefined) throw new GatehouseError('GH_STORE_FAILED', `${FILE} cannot be read back`)
  return made
}

function keyOf(pem: string, file: string): InstallationKey {
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch {
    throw unusable(file) // the cause might quote the file
  }
  if (key.asymmetricKeyType !== 'ed25519') throw unusable(file)
  const open = createPublicKey(key)
  const { x = '' } = open.export({ format: 'jwk' })
  return {
    id: hash('sha256', `{"crv":"Ed25519","kty":"OKP","x":"${x}"}`, 'base64url'),
    publicPem: open.export({ format: 'pem', type: 'spki' }).toString(),
    sign: (purpose, text) => sign(null, signed(purpose, text), key).toString('base64url'),
    verify: (purpose, text, signature) => {
      const bytes = Buffer.from(signature, 'base64url')
      // One spelling only: what is decoded leniently could be altered without being noticed.
      return (
        bytes.toString('base64url') === signature &&
        verify(null, signed(purpose, text), open, bytes)
      )
    },
  }
}

function signed(purpose: string, text: string): Buffer {
  return Buffer.from(`gatehouse ${purpose}\n${hash('sha256', text, 'hex')}`)
}

function unusable(file: string): GatehouseError {
  return new GatehouseError('GH_STORE_FAILED', `${file} does not hold an Ed25519 key`)
}
