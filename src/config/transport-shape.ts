/** TLS listeners, and the trust stores that say whose client certificates they believe. */
import { listen } from './listen-shape.ts'
import { LIMITS } from './limits.ts'
import { parseResponder } from './addresses.ts'
import { choice, numberIn, parsedText, text, yesOrNo } from './shape.ts'
import { defaulted, list, object, optional, required } from './shape-collections.ts'
import { filePath, secretRef } from './shape-references.ts'
import { unixSocket } from './unix-socket.ts'

const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/
const name = parsedText(
  'a name',
  (value) =>
    NAME.test(value) && value.length <= LIMITS.name
      ? { value }
      : { wrong: `must be lower-case letters, digits and single hyphens, at most ${LIMITS.name}` },
  { pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: LIMITS.name },
)

const pemFile = filePath('the path of a PEM file of certificates', 'exist')

const trustedList = object('a trusted list', {
  file: required(
    filePath('the path of a trusted list (XML)', 'exist'),
    'Trusted list of a member state (ETSI TS 119 612), as its scheme operator publishes it.',
    'trust/de-tl.xml',
  ),
  signers: required(
    pemFile,
    'Certificates of its scheme operator, as the list of lists names them: the list counts only with the signature of one of them.',
    'trust/de-tl-signers.pem',
  ),
})

const OCSP_MODE = ['required', 'where-no-crl'] as const
const CERTIFICATE_ID = ['sha1', 'sha256'] as const
const ocsp = object('OCSP', {
  responder: optional(
    parsedText('an http or https URL', parseResponder),
    'Address of the responder; else the one that each certificate names, if it is on the public internet.',
    'http://ocsp.psd2.example',
  ),
  mode: defaulted<(typeof OCSP_MODE)[number]>(
    choice(OCSP_MODE),
    { value: 'required', shown: 'required' },
    'required: nobody is believed without a good answer that is fresh, whatever lists say. where-no-crl: asked where the authority has no revocation list here that is in force.',
  ),
  timeoutMs: defaulted(
    numberIn(100, 10_000, true),
    { value: 2_000, shown: 2_000 },
    'How long an answer may take, and the first connection with a certificate may wait for it.',
  ),
  maxAgeSeconds: defaulted(
    numberIn(60, 604_800, true),
    { value: 3_600, shown: 3_600 },
    'How long an answer counts that does not say when the next one comes; others are asked for again after this at the latest.',
  ),
  certificateId: defaulted<(typeof CERTIFICATE_ID)[number]>(
    choice(CERTIFICATE_ID),
    { value: 'sha1', shown: 'sha1' },
    'How the certificate is named in the question: every responder knows sha1, which protects nothing here.',
  ),
  nonce: defaulted(
    yesOrNo,
    { value: false, shown: false },
    'true: an answer counts only with the number that was sent (RFC 9654). Responders that prepare their answers cannot give it.',
  ),
})

const REVOCATION = ['crl', 'none'] as const
export const trustStore = object('a trust store', {
  name: required(name, 'Name in listeners, rules and events; unique here.', 'psd2'),
  anchors: defaulted(
    list(pemFile),
    { value: [], shown: [] },
    'PEM files of the authorities that are trusted, roots or not.',
    ['trust/psd2-authorities.pem'],
  ),
  trustedLists: defaulted(
    list(trustedList),
    { value: [], shown: [] },
    'Trusted lists of the EU: their granted services that issue qualified certificates for website authentication are anchors of connections too, and those for seals of message signatures.',
  ),
  revocation: defaulted<(typeof REVOCATION)[number]>(
    choice(REVOCATION),
    { value: 'crl', shown: 'crl' },
    'crl: nobody is believed whose authority has no revocation list here that is in force. none: revocation is not asked about.',
  ),
  crls: defaulted(
    list(filePath('the path of a revocation list', 'be-writable-later')),
    { value: [], shown: [] },
    'Revocation lists of the authorities, PEM or DER; read again whenever a file changes.',
    ['trust/psd2.crl'],
  ),
  ocsp: optional(
    ocsp,
    'Whether responders are asked about revocation (RFC 6960), beside lists or in place of them.',
  ),
})

const CLIENT_CERTIFICATE = ['required', 'optional', 'none'] as const
const DATA_PLANE = ['node', 'envoy'] as const
const MIN_VERSION = ['1.2', '1.3'] as const
export const listener = object('a listener', {
  name: required(name, 'Name in messages; unique here.', 'third-parties'),
  listen: required(listen, 'Address and port; port 0 takes a free one.', '0.0.0.0:8443', 8443),
  certificate: required(
    pemFile,
    'PEM file of the certificate of the server and of those above it; read again whenever it changes.',
    'tls/server.pem',
  ),
  key: required(secretRef, 'Where its private key (PEM) is kept.', { file: 'tls/server-key.pem' }),
  minVersion: defaulted<(typeof MIN_VERSION)[number]>(
    choice(MIN_VERSION),
    { value: '1.2', shown: '1.2' },
    'Oldest version of TLS.',
  ),
  clientCertificate: defaulted<(typeof CLIENT_CERTIFICATE)[number]>(
    choice(CLIENT_CERTIFICATE),
    { value: 'required', shown: 'required' },
    'required: connections without a client certificate that is trusted end before any HTTP. optional: the rules of each API decide. none: nobody is asked for one.',
  ),
  dataPlane: defaulted<(typeof DATA_PLANE)[number]>(
    choice(DATA_PLANE),
    { value: 'node', shown: 'node' },
    'node: Gatehouse listens here. envoy: the Envoy of "extAuthz" does, and asks Gatehouse about each request.',
  ),
  trustStores: defaulted(
    list(text),
    { value: [], shown: [] },
    'Names of the trust stores whose client certificates are believed.',
    ['psd2'],
  ),
  proxies: optional(
    object('proxies', {
      certificates: required(
        list(pemFile, 1),
        'PEM files of the client certificates of the proxies themselves: only over a connection with one of them is their header believed.',
        ['tls/proxy.pem'],
      ),
      header: required(
        choice(['client-cert', 'x-forwarded-client-cert']),
        'Header in which they send the certificate of the client: that of RFC 9440, or that of Envoy.',
        'client-cert',
      ),
    }),
    'Proxies that end TLS before this listener and vouch for client certificates.',
  ),
})

const SOCKET_MODE = ['0600', '0660'] as const
/** Plain HTTP by design: the bytes cross no wire, and the permissions of the file say who may connect. */
export const proxySocket = object('a socket for a proxy', {
  name: required(name, 'Name in messages; unique among listeners and sockets.', 'behind-nginx'),
  listen: required(
    unixSocket,
    'Path of the unix socket; whoever can open it is believed about client certificates.',
    'unix:run/proxy.sock',
  ),
  mode: defaulted<(typeof SOCKET_MODE)[number]>(
    choice(SOCKET_MODE),
    { value: '0600', shown: '0600' },
    'Permissions of the file: the user that runs Gatehouse alone, or its group too.',
  ),
  header: required(
    choice(['client-cert', 'x-forwarded-client-cert']),
    'Header in which the proxy sends the certificate of the client: that of RFC 9440, or that of Envoy.',
    'client-cert',
  ),
  proxyTls: required(
    choice(MIN_VERSION),
    'Oldest version of TLS that the proxy takes: Gatehouse cannot see it, and the rule transport.tls believes this.',
    '1.2',
  ),
  trustStores: required(
    list(text, 1),
    'Names of the trust stores whose client certificates are believed.',
    ['psd2'],
  ),
})
