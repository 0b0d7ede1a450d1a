/** `gatehouse.yaml`, parsed and checked: defaults filled in, paths absolute, secrets still references. */
import type { ScaConfig } from './sca-model.ts'
import type { Place } from '../lib/index.ts'
import type { AskAddress } from './ext-authz-shape.ts'
import type { RetentionConfig } from './retention-shape.ts'
import type { SecretRef } from './shape-references.ts'

export interface GatehouseConfig {
  /** Absolute path of the file, and its folder: relative paths of the file start there. */
  readonly file: string
  readonly dir: string
  readonly organisation: {
    readonly name: string
    readonly jurisdictions: readonly string[]
    readonly entity: readonly string[]
    /** IANA name. */
    readonly timeZone: string
  }
  /** Over plain HTTP; `null`: nowhere. Default 127.0.0.1:8080 where there are no listeners and no sockets. */
  readonly listen: { readonly host: string; readonly port: number } | null
  /** Over TLS. */
  readonly listeners: readonly ListenerConfig[]
  /** Behind proxies of this machine. */
  readonly sockets: readonly ProxySocketConfig[]
  /** Where an Envoy asks; `null`: nowhere. */
  readonly extAuthz: ExtAuthzConfig | null
  readonly trustStores: readonly TrustStoreConfig[]
  /** State of this installation: spool, store, control socket. Default `.gatehouse` beside the file. */
  readonly dataDir: string
  /** `null`: SQLite in `dataDir`. */
  readonly store: {
    readonly postgres: { readonly url: SecretRef; readonly feed: boolean }
  } | null
  /** Folder with `clients/`, `consents/`, `revocations/`. Default `feed` beside the file. */
  readonly feedDir: string
  readonly issuers: readonly IssuerConfig[]
  /** `null`: there is no authorization server. */
  readonly identity: IdentityConfig | null
  /** `null`: the login of customers is all there is. */
  readonly sca: ScaConfig | null
  /** Normalised: `https://api.bank.example`. */
  readonly publicOrigins: readonly string[]
  /** `null`: nothing is signed. */
  readonly context: ContextConfig | null
  /** `null`: the gateway signs no answers. */
  readonly answerSigning: AnswerSigningConfig | null
  readonly mandate: readonly RuleOverride[]
  /** The bank's own templates; absolute paths. */
  readonly templates: readonly string[]
  /** Files of the bank's own controls; absolute paths. */
  readonly controls: readonly string[]
  /** By name: rules that stand between the template and the rules of an API. */
  readonly classes: Readonly<Record<string, { readonly rules: readonly RuleOverride[] }>>
  readonly apis: readonly ApiConfig[]
  readonly retention: RetentionConfig
  /** Where `/health`, `/ready` and `/metrics` are read; `null`: nowhere. */
  readonly monitoring: { readonly listen: { readonly host: string; readonly port: number } } | null
  readonly logs: LogsConfig
  /** Files or patterns of policy tests, as written; `null`: `policy-tests/*.yaml` beside the file. */
  readonly policyTests: readonly string[] | null
  /** Place of a value by its path, e.g. `['apis', 0, 'template']`; falls back to the nearest parent that exists. */
  readonly placeOf: (path: readonly (string | number)[]) => Place
}

export interface AnswerSigningConfig {
  /** The first signs, the others are only published. */
  readonly keys: readonly SecretRef[]
  readonly issuer: string
  readonly trustAnchor: string
}

export interface ContextConfig {
  /** The first signs, the others are only published. */
  readonly keys: readonly SecretRef[]
  /** Lower case. */
  readonly header: string
  readonly issuer: string
  readonly ttlSeconds: number
}

export interface ExtAuthzConfig {
  /** A unix socket (absolute path), or on loopback and with a secret. */
  readonly listen: AskAddress
  readonly secret: SecretRef | null
  /** Where the exported Envoy takes plain HTTP; `null`: nowhere. */
  readonly envoyListen: { readonly host: string; readonly port: number } | null
}

export interface UpstreamTlsConfig {
  /** Absolute paths; empty: the anchors of the machine. */
  readonly anchors: readonly string[]
  readonly certificate: string | null
  readonly key: SecretRef | null
  readonly serverName: string | null
  readonly uri: string | null
  readonly minVersion: '1.2' | '1.3'
}

export interface UpstreamHealthConfig {
  /** Path and query, as it is sent. */
  readonly path: string
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly healthyAfter: number
  readonly unhealthyAfter: number
}

export interface ListenerConfig {
  readonly name: string
  readonly listen: { readonly host: string; readonly port: number }
  /** Absolute path of a PEM file, the server's own certificate first. */
  readonly certificate: string
  readonly key: SecretRef
  readonly minVersion: '1.2' | '1.3'
  readonly clientCertificate: 'required' | 'optional' | 'none'
  /** Who listens there. */
  readonly dataPlane: 'node' | 'envoy'
  /** Names of trust stores of this file. */
  readonly trustStores: readonly string[]
  /** Who may vouch for the certificates of others, and in which header; `null`: nobody. */
  readonly proxies: {
    readonly certificates: readonly string[]
    readonly header: 'client-cert' | 'x-forwarded-client-cert'
  } | null
}

/** Plain HTTP on a unix socket, from a proxy that ends TLS: who can open the file is believed. */
export interface ProxySocketConfig {
  readonly name: string
  /** Absolute path. */
  readonly listen: { readonly socket: string }
  readonly mode: '0600' | '0660'
  readonly header: 'client-cert' | 'x-forwarded-client-cert'
  /** Oldest version of TLS that the proxy takes, as the bank says. */
  readonly proxyTls: '1.2' | '1.3'
  /** Names of trust stores of this file. */
  readonly trustStores: readonly string[]
}

export interface IdentityConfig {
  /** Normalised: `https://login.bank.example`. */
  readonly issuer: string
  readonly listen: { readonly host: string; readonly port: number }
  /** Absolute path of a PEM file, the server's own certificate first. */
  readonly certificate: string
  readonly key: SecretRef
  /** Names of trust stores of this file. */
  readonly trustStores: readonly string[]
  /** Where certificates of clients are asked for; `null`: at the one address that there is. */
  readonly mtls: {
    readonly origin: string
    readonly listen: { readonly host: string; readonly port: number }
  } | null
  readonly secret: SecretRef
  /** What records may still be sealed under. */
  readonly previousSecrets: readonly SecretRef[]
  /** Absolute paths of JSON files. */
  readonly clients: readonly string[]
  /** `null`: third parties do not register themselves. */
  readonly registration: {
    /** Who signs software statements, with its keys. */
    readonly directories: readonly {
      readonly issuer: string
      readonly jwks: { readonly file: string } | { readonly url: string }
      readonly maxAgeSeconds: number
    }[]
    readonly register: {
      readonly from: { readonly file: string } | { readonly url: string }
      readonly jwks: { readonly file: string } | { readonly url: string }
    } | null
    readonly partners: boolean
    readonly fapi1: boolean
  } | null
  /** Lower case. */
  readonly privateHosts: readonly string[]
  readonly gateways: readonly string[]
  readonly profile: 'production' | 'development'
  /** `null`: customers log in here, or nobody does. */
  readonly login: BankLoginConfig | null
  /** There where `login` is. */
  readonly customers: { readonly url: string; readonly token: SecretRef | null } | null
  /** Absolute path of a JSON file. */
  readonly developmentCustomers: string | null
  /** `/approvals` is the device on which customers are asked. */
  readonly approvalPage: boolean
  /** Third parties may bring passcodes and codes of customers. */
  readonly embeddedApproach: boolean
  /** Test runs only; `null`: customers answer themselves. */
  readonly automaticCustomer: {
    readonly subject: string
    readonly approves: readonly string[]
    readonly refuses: readonly string[]
  } | null
  readonly brand: { readonly name: string; readonly accent: string } | null
  readonly resources: readonly { readonly identifier: string; readonly scopes: readonly string[] }[]
}

export interface BankLoginConfig {
  /** `https:` */
  readonly issuer: string
  readonly clientId: string
  /** One of both. */
  readonly clientSecret: SecretRef | null
  readonly clientKey: SecretRef | null
  readonly idTokenAlgorithm: 'PS256' | 'ES256' | 'RS256' | 'EdDSA'
  readonly acrValues: readonly string[]
  readonly subjectClaim: string
}

export interface TrustStoreConfig {
  readonly name: string
  /** Absolute paths. */
  readonly anchors: readonly string[]
  /** With PEM files of those who may have signed each. */
  readonly trustedLists: readonly { readonly file: string; readonly signers: string }[]
  readonly revocation: 'crl' | 'none'
  readonly crls: readonly string[]
  /** `null`: responders are not asked. */
  readonly ocsp: OcspConfig | null
}

export interface OcspConfig {
  /** `null`: as each certificate says. */
  readonly responder: string | null
  readonly mode: 'required' | 'where-no-crl'
  readonly timeoutMs: number
  readonly maxAgeSeconds: number
  readonly certificateId: 'sha1' | 'sha256'
  readonly nonce: boolean
}

export interface LogsConfig {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  /** `null`: text on a terminal, JSON elsewhere. */
  readonly format: 'json' | 'text' | null
}

export interface IntrospectionConfig {
  /** `https:`, or `http:` on loopback. */
  readonly endpoint: string
  readonly clientId: string
  /** One of both at most; without either it is known by the certificate of the issuer's `tls`. */
  readonly clientSecret: SecretRef | null
  readonly clientKey: SecretRef | null
  /** `null`: it is asked about what no other issuer of an API claims. */
  readonly tokenPrefix: string | null
  readonly tryInOrder: boolean
  readonly signed: boolean
  readonly cacheSeconds: number
}

export type IssuerTlsConfig = Pick<UpstreamTlsConfig, 'anchors' | 'certificate' | 'key'>

export interface IssuerConfig {
  readonly issuer: string
  /** Absolute file path, or an `https:` URL (`http:` on loopback only); `null`: the issuer says where. */
  readonly jwks: { readonly file: string } | { readonly url: string } | null
  readonly audience: readonly string[]
  readonly algorithms: readonly ('PS256' | 'ES256' | 'EdDSA')[]
  readonly clockSkewSeconds: number
  /** `null`: what is no JWT is no token of it. */
  readonly introspection: IntrospectionConfig | null
  /** `null`: the anchors of the machine, and no certificate of ours. */
  readonly tls: IssuerTlsConfig | null
  /** Names of the claims; defaults `client_id`, `sub`, `consent_id`, `scope`, `grant_id`; `sca` `null`: what it says of strong customer authentication is not believed. */
  readonly claims: {
    readonly client: string
    readonly subject: string
    readonly consent: string
    readonly consentIn: 'claim' | 'scope' | 'authorization_details'
    readonly scope: string
    readonly grant: string
    readonly sca: string | null
  }
}

export interface ApiConfig {
  readonly name: string
  /** Absolute path. */
  readonly spec: string
  /** At least one; all of one scheme and path. */
  readonly upstream: readonly string[]
  /** `null`: nobody asks its addresses whether they serve. */
  readonly upstreamHealth: UpstreamHealthConfig | null
  /** `null`: an `https:` upstream is believed by the anchors of the machine, and sees no certificate of ours. */
  readonly upstreamTls: UpstreamTlsConfig | null
  /** `ais`, `ais@1.0.0` or `ais@1.0.0#sha256:…` */
  readonly template: string
  /** `null`: path part of the first `servers` URL. */
  readonly basePath: string | null
  readonly owner: string | null
  /** `null`: derived by the inventory. */
  readonly dataClasses: readonly string[] | null
  readonly roles: readonly string[] | null
  /** Default: `internet-anonymous` for open data, `internet-authenticated` otherwise. */
  readonly exposure: string | null
  /** One BIA question: how soon does an outage do serious harm? Default `within-24h`. */
  readonly outageImpact: 'within-2h' | 'within-24h' | 'within-5d' | 'later'
  readonly criticalOrImportantFunction: boolean
  readonly features: readonly string[]
  /** Names of APIs that cannot work without this one. */
  readonly serves: readonly string[]
  readonly audit: 'strict' | 'buffered' | null
  readonly degraded: boolean
  /** Subset of the issuers; `null`: all. */
  readonly issuers: readonly string[] | null
  readonly approval: { readonly by: string; readonly on: string } | null
  /** Name of its class; `null`: none. */
  readonly class: string | null
  /** Rules by name that tighten (or, within bounds, loosen) the template. */
  readonly rules: readonly RuleOverride[]
  /** operationId (or `GET /path`) → rules for this operation alone. */
  readonly operations: Readonly<Record<string, { readonly rules: readonly RuleOverride[] }>>
  /** operationId (or `GET /path`) → permission codes, any of which a consent must hold; overrides what the template maps. */
  readonly permissions: Readonly<Record<string, readonly string[]>>
}

export interface RuleOverride {
  /** A rule name: `authz.consent`, `response.fields`, … */
  readonly rule: string
  readonly mode: 'off' | 'observe' | 'enforce' | null
  /** Percent 0–100 of requests that enforce; `null`: all. */
  readonly fraction: number | null
  readonly params: Readonly<Record<string, unknown>>
  /** How far the levels below may go. */
  readonly bounds: {
    readonly mode: 'off' | 'observe' | 'enforce' | null
    readonly params: Readonly<Record<string, unknown>>
  } | null
  /** The second person, for what the rule loosens. */
  readonly approval: { readonly by: string; readonly on: string } | null
  readonly place: Place
}
