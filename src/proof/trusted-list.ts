/**
 * Trusted lists of the EU (ETSI TS 119 612): which authorities issue qualified certificates for website authentication, or for seals, and are
 * granted that status now. Nothing is read that the operator of the list did not sign: the signature is verified first, and what is parsed then is the
 * text that it covers. No document type, no entity, no network.
 */
import { type Certificate, readCertificate } from './certificate/certificate.ts'
import { listVerifier, xmldom } from './xml-signature.ts'

export interface TrustedList {
  /** `DE`. */
  readonly territory: string
  /** Milliseconds since the epoch; from then on the list says nothing. */
  readonly nextUpdate: number
  /** Of services that issue QWACs and are granted. */
  readonly anchors: readonly Certificate[]
  /** Of services that issue certificates for seals and are granted: vouching for one says nothing of the other. */
  readonly sealAnchors: readonly Certificate[]
}

export type TrustedListRead =
  | { readonly ok: true; readonly list: TrustedList }
  | { readonly ok: false; readonly fault: string }

/** Characters of one list; the largest of the EU has about twelve million. */
export const MAX_TRUSTED_LIST_CHARS = 33_554_432
/** Anchors of one list, of each kind. */
const MAX_ANCHORS = 5_000

const TSL = 'http://uri.etsi.org/02231/v2#'
const DSIG = 'http://www.w3.org/2000/09/xmldsig#'
/** TS 119 612 §5.5.1.1, §5.5.4, §5.5.9.4. */
const CA_QC = 'http://uri.etsi.org/TrstSvc/Svctype/CA/QC'
const GRANTED = 'http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted'
const FOR_WEB = 'http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/ForWebSiteAuthentication'
const FOR_SEALS = 'http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/ForeSeals'

/** `signers`: who may have signed it; one of them must have. Never throws. */
export function readTrustedList(text: string, signers: readonly Certificate[]): TrustedListRead {
  if (text.length > MAX_TRUSTED_LIST_CHARS)
    return no(`it has more than ${MAX_TRUSTED_LIST_CHARS} characters`)
  // Neither is part of any list, and both are how XML is turned against its reader.
  if (/<!DOCTYPE|<!ENTITY/i.test(text)) return no('it has a document type')
  try {
    const signed = signedText(text, signers)
    return signed === undefined
      ? no('none of the signers that are named has signed it')
      : readSigned(signed)
  } catch {
    // Messages of parsers may quote the file.
    return no('it is not a well-formed trusted list')
  }
}

/** The part of the text that a signer vouches for, as the signature covers it. */
function signedText(text: string, signers: readonly Certificate[]): string | undefined {
  const signatures = children(parse(text), DSIG, 'Signature')
  const [signature] = signatures
  if (signature === undefined || signatures.length > 1) return undefined
  for (const { der } of signers) {
    const verifier = listVerifier(der)
    try {
      verifier.loadSignature(signature)
      if (!verifier.checkSignature(text)) continue
    } catch {
      continue
    }
    // Further references are to properties of the signature (XAdES).
    return verifier.getSignedReferences().find((one) => isList(parse(one)))
  }
  return undefined
}

function isList(root: Element): boolean {
  return root.namespaceURI === TSL && root.localName === 'TrustServiceStatusList'
}

function readSigned(text: string): TrustedListRead {
  const root = parse(text)
  const scheme = only(root, 'SchemeInformation')
  const territory = textOf(scheme, 'SchemeTerritory') ?? ''
  const next = scheme && only(scheme, 'NextUpdate')
  const nextUpdate = Date.parse((next && textOf(next, 'dateTime')) ?? '')
  if (!/^[A-Z]{2}$/.test(territory)) return no('it names no territory')
  // TS 119 612 §5.3.15: a closed scheme has no next update; nobody is trusted by it.
  if (Number.isNaN(nextUpdate)) return no('it does not say until when it holds')
  const anchors = new Map<string, Certificate>()
  const sealAnchors = new Map<string, Certificate>()
  for (const provider of below(root, ['TrustServiceProviderList', 'TrustServiceProvider']))
    for (const service of below(provider, ['TSPServices', 'TSPService', 'ServiceInformation']))
      for (const [use, found] of [
        [FOR_WEB, anchors],
        [FOR_SEALS, sealAnchors],
      ] as const)
        for (const certificate of anchorsOf(service, use)) {
          if (found.size >= MAX_ANCHORS) return no(`it has more than ${MAX_ANCHORS} anchors`)
          found.set(certificate.thumbprint, certificate)
        }
  return {
    ok: true,
    list: {
      territory,
      nextUpdate,
      anchors: [...anchors.values()],
      sealAnchors: [...sealAnchors.values()],
    },
  }
}

function anchorsOf(service: Element, use: string): readonly Certificate[] {
  if (textOf(service, 'ServiceTypeIdentifier') !== CA_QC) return []
  if (textOf(service, 'ServiceStatus') !== GRANTED) return []
  const uses = below(service, [
    'ServiceInformationExtensions',
    'Extension',
    'AdditionalServiceInformation',
  ]).map((one) => textOf(one, 'URI'))
  if (!uses.includes(use)) return []
  return below(service, ['ServiceDigitalIdentity', 'DigitalId']).flatMap((identity) => {
    const written = textOf(identity, 'X509Certificate')?.replaceAll(/\s/g, '')
    if (written === undefined) return []
    // One that cannot be read is nobody's anchor; the others of the list stay.
    const read = readCertificate(Buffer.from(written, 'base64'))
    return read.ok ? [read.certificate] : []
  })
}

function parse(text: string): Element {
  const refuse = (): never => {
    throw new TypeError('not well-formed')
  }
  const { DOMParser } = xmldom()
  const document = new DOMParser({
    errorHandler: { warning: refuse, error: refuse, fatalError: refuse },
  }).parseFromString(text, 'text/xml')
  return document.documentElement
}

function children(parent: Element, namespace: string, name: string): readonly Element[] {
  const found: Element[] = []
  for (let child = parent.firstChild; child !== null; child = child.nextSibling) {
    const element = child as Element // sound: what has a name of its own is one; other nodes are left out below
    if (element.namespaceURI === namespace && element.localName === name) found.push(element)
  }
  return found
}

function below(parent: Element, names: readonly string[]): readonly Element[] {
  const [name, ...rest] = names
  if (name === undefined) return [parent]
  return children(parent, TSL, name).flatMap((child) => below(child, rest))
}

function only(parent: Element, name: string): Element | undefined {
  const [first, second] = children(parent, TSL, name)
  return second === undefined ? first : undefined
}

function textOf(parent: Element | undefined, name: string): string | undefined {
  return parent && only(parent, name)?.textContent?.trim()
}

function no(fault: string): TrustedListRead {
  return { ok: false, fault }
}
