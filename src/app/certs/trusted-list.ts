/** A trusted list of one authority for development (ETSI TS 119 612), signed as `proof` verifies it. */
import type { KeyObject } from 'node:crypto'
import { createRequire } from 'node:module'
import type * as XmlCrypto from 'xml-crypto'

export interface ListedService {
  readonly name: string
  readonly certificate: Uint8Array
  readonly status: 'granted' | 'withdrawn'
}

const ETSI = 'http://uri.etsi.org/TrstSvc'

export function signedTrustedList(
  {
    territory,
    issuedAt,
    nextUpdate,
  }: { readonly territory: string; readonly issuedAt: number; readonly nextUpdate: number },
  services: readonly ListedService[],
  signer: KeyObject,
): string {
  const time = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#" Id="list" TSLTag="http://uri.etsi.org/19612/TSLTag">
<SchemeInformation><TSLVersionIdentifier>5</TSLVersionIdentifier><TSLSequenceNumber>1</TSLSequenceNumber><TSLType>${ETSI}/TrustedList/TSLType/EUgeneric</TSLType><SchemeOperatorName><Name xml:lang="en">Gatehouse DEVELOPMENT ONLY</Name></SchemeOperatorName><SchemeTerritory>${territory}</SchemeTerritory><ListIssueDateTime>${time(issuedAt)}</ListIssueDateTime><NextUpdate><dateTime>${time(nextUpdate)}</dateTime></NextUpdate></SchemeInformation>
<TrustServiceProviderList><TrustServiceProvider><TSPInformation><TSPName><Name xml:lang="en">Gatehouse DEVELOPMENT ONLY</Name></TSPName></TSPInformation><TSPServices>${services.map((one) => serviceOf(one, time(issuedAt))).join('')}</TSPServices></TrustServiceProvider></TrustServiceProviderList>
</TrustServiceStatusList>
`
  // Loaded here and not at each start; sound: what the package exports is what its types say.
  const { SignedXml } = createRequire(import.meta.url)('xml-crypto') as typeof XmlCrypto
  const maker = new SignedXml({
    privateKey: signer.export({ type: 'pkcs8', format: 'pem' }),
    signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  })
  maker.addReference({
    xpath: '/*',
    isEmptyUri: true,
    digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
    transforms: [
      'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
      'http://www.w3.org/2001/10/xml-exc-c14n#',
    ],
  })
  maker.computeSignature(xml)
  return `${maker.getSignedXml()}\n`
}

function serviceOf({ name, certificate, status }: ListedService, since: string): string {
  return `<TSPService><ServiceInformation><ServiceTypeIdentifier>${ETSI}/Svctype/CA/QC</ServiceTypeIdentifier><ServiceName><Name xml:lang="en">${name}</Name></ServiceName><ServiceDigitalIdentity><DigitalId><X509Certificate>${Buffer.from(certificate).toString('base64')}</X509Certificate></DigitalId></ServiceDigitalIdentity><ServiceStatus>${ETSI}/TrustedList/Svcstatus/${status}</ServiceStatus><StatusStartingTime>${since}</StatusStartingTime><ServiceInformationExtensions><Extension Critical="true"><AdditionalServiceInformation><URI xml:lang="en">${ETSI}/TrustedList/SvcInfoExt/ForWebSiteAuthentication</URI></AdditionalServiceInformation></Extension></ServiceInformationExtensions></ServiceInformation></TSPService>`
}
