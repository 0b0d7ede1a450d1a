/**
 * What is used here of `oidc-provider` 9.13.3, as its source has it. The published types lag behind the package and say `any` where it
 * matters; these are narrow, and the tests drive the real thing through every one of them.
 */
declare module 'oidc-provider' {
  import type { X509Certificate } from 'node:crypto'
  import type { IncomingMessage, ServerResponse } from 'node:http'

  /** JSON, as the library hands it over. */
  export type Payload = Record<string, unknown>

  export interface Adapter {
    upsert(id: string, payload: Payload, expiresIn?: number): Promise<void>
    find(id: string): Promise<Payload | undefined>
    findByUid(uid: string): Promise<Payload | undefined>
    findByUserCode(userCode: string): Promise<Payload | undefined>
    consume(id: string): Promise<void>
    destroy(id: string): Promise<void>
    revokeByGrantId(grantId: string): Promise<void>
  }

  export interface Client {
    readonly clientId: string
    readonly clientName?: string
    readonly grantTypes: readonly string[]
    readonly clientAuthMethod: string
    readonly access_token_format?: 'jwt' | 'opaque'
    readonly fapi_profile?: '2.0' | '1.0-advanced'
    readonly permitted_scope?: string
    grantTypeAllowed(type: string): boolean
    /** Tells who registered for it that there is an answer. */
    backchannelPing(request: Token): Promise<void>
    readonly backchannelTokenDeliveryMode?: 'poll' | 'ping'
  }
  export interface Grant {
    readonly jti: string
    readonly exp: number
    readonly clientId: string
    readonly accountId: string
    readonly rar?: readonly Payload[]
    readonly remainingTTL: number
    addOIDCScope(scope: string): void
    addOIDCClaims(claims: readonly string[]): void
    addResourceScope(resource: string, scope: string): void
    addRar(detail: Payload): void
    save(): Promise<string>
    destroy(): Promise<void>
  }
  /** Any of the token models. */
  export interface Token {
    readonly jti: string
    readonly kind: string
    readonly clientId: string
    readonly accountId?: string
    readonly grantId?: string
    readonly rar?: readonly Payload[]
    readonly acr?: string
    readonly amr?: readonly string[]
    readonly authTime?: number
    readonly params?: Payload
    /** Seconds since the epoch. */
    readonly exp?: number
    /** A decoupled request that was refused. */
    readonly error?: string
    /** Of what is used once: when it was, in seconds since the epoch. */
    readonly consumed?: number
    readonly resourceServer?: { readonly accessTokenTTL?: number }
  }
  /** A token of a client's own, when it is no JWT. */
  export interface ClientToken {
    readonly clientId: string
    readonly aud?: string
    readonly scope?: string
    readonly jkt?: string
    readonly 'x5t#S256'?: string
  }
  export interface Context {
    readonly req: IncomingMessage
    readonly res: ServerResponse
    body: unknown
    type: string
    status: number
    /** A header of the request; empty: it has none. */
    get(header: string): string
    readonly response: { get(header: string): string }
    set(header: string, value: string): void
    remove(header: string): void
    readonly oidc: {
      readonly route: string
      readonly issuer: string
      readonly client?: Client
      readonly grant?: Grant
      readonly session?: { readonly accountId?: string }
      readonly result?: {
        readonly login?: unknown
        readonly sca?: unknown
        readonly consent?: { readonly grantId?: string }
      }
      readonly params?: Readonly<Record<string, string | undefined>>
      readonly entities: {
        readonly Grant?: Grant
        readonly AccessToken?: Token
        readonly AuthorizationCode?: Token
        readonly RefreshToken?: Token
        readonly BackchannelAuthenticationRequest?: Token
      }
      /** Parameters that came in a request object whose signature was verified. */
      readonly trusted?: readonly string[]
      readonly provider: Provider
    }
  }
  export type Outside = Omit<Context, 'oidc'> & Partial<Pick<Context, 'oidc'>>
  export interface InteractionDetails {
    readonly uid: string
    /** The same in all interactions of one authorization request. */
    readonly cid: string
    /** Seconds since the epoch. */
    readonly exp: number
    readonly prompt: { readonly name: string }
    readonly params: Payload
    readonly lastSubmission?: {
      readonly login?: { readonly accountId: string; readonly acr?: string }
    }
    session?: { readonly accountId?: string; readonly uid?: string }
    save(seconds: number): Promise<string>
  }
  export interface Session {
    destroy(): Promise<void>
  }
  export interface Model<T> {
    find(id: string): Promise<T | undefined>
  }

  export class Provider {
    /** The request that is being answered, wherever it is. */
    static readonly ctx: Context | undefined
    constructor(issuer: string, configuration: Payload)
    proxy: boolean
    readonly issuer: string
    readonly Client: Model<Client> & {
      new (metadata: Payload): Client
      readonly prototype: Client
    }
    readonly ClientCredentials: Model<ClientToken>
    readonly Session: {
      find(id: string): Promise<Session | undefined>
      findByUid(uid: string): Promise<Session | undefined>
    }
    readonly OIDCContext: { readonly prototype: object }
    readonly BackchannelAuthenticationRequest: {
      find(id: string, options?: Payload): Promise<Token | undefined>
    }
    readonly Grant: Model<Grant> & {
      new (of: {
        readonly jti?: string
        readonly clientId: string
        readonly accountId: string
        readonly expiresIn?: number
      }): Grant
    }
    readonly RefreshToken: { revokeByGrantId(grant: string): Promise<void> }
    readonly ReplayDetection: {
      unique(issuer: string, jti: string, exp: number): Promise<boolean>
    }
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>
    /** Around every request; what no route has taken has no `oidc`. */
    use(around: (context: Outside, next: () => Promise<void>) => Promise<void>): this
    on(event: string, listener: (...args: never[]) => void): this
    interactionDetails(
      request: IncomingMessage,
      response: ServerResponse,
    ): Promise<InteractionDetails>
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: Payload,
      options?: { readonly mergeWithLastSubmission?: boolean },
    ): Promise<void>
    backchannelResult(request: string, result: string | Error, of?: Payload): Promise<void>
  }

  type Refusal = new (description?: string) => Error
  export const errors: {
    readonly AccessDenied: Refusal
    readonly InvalidAuthorizationDetails: Refusal
    readonly InvalidBindingMessage: Refusal
    readonly InvalidClientAuth: Refusal
    readonly InvalidClientMetadata: new (description: string) => Error
    readonly InvalidGrant: Refusal
    readonly InvalidRequest: Refusal
    readonly InvalidRequestObject: Refusal
    readonly InvalidRequestUri: Refusal
    readonly InvalidTarget: Refusal
    readonly SlowDown: Refusal
    readonly TemporarilyUnavailable: Refusal
  }
  /** One question of a prompt: true asks the customer. */
  export interface Check {
    readonly reason: string
  }
  export interface Prompt {
    readonly checks: { add(check: Check): void; remove(reason: string): void }
  }
  export const interactionPolicy: {
    base(): readonly unknown[] & {
      get(name: 'login' | 'consent'): Prompt
      add(prompt: Prompt, at: number): void
    }
    readonly Prompt: new (of: { readonly name: string }, check: Check) => Prompt
    readonly Check: new (
      reason: string,
      description: string,
      check: (context: Context) => boolean | Promise<boolean>,
    ) => Check
  }
  /** What a request presented at the TLS layer. */
  export type PresentedCertificate = X509Certificate
}
