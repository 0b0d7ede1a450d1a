/** What each rule does and what its parameters mean, for the reference, for editors and for `gatehouse plan`: one sentence each. */
import type { RuleName } from '../../decide/index.ts'

export interface RuleWords {
  /** What is refused, or done, when the rule is enforced. */
  readonly does: string
  readonly params: Readonly<Record<string, string>>
}

/** By name, so that the compiler notices a rule without words. */
export const RULE_WORDS: Readonly<Record<RuleName, RuleWords>> = {
  'transport.tls': {
    does: 'Refuses a request that did not come over TLS, or over an older version.',
    params: { minVersion: 'Oldest version of TLS.' },
  },
  'transport.mtls': {
    does: 'Refuses a request without a client certificate of a trusted authority that is in force and not revoked.',
    params: {
      trustStores:
        'Names of the trust stores whose certificates are taken; else all of the listener.',
      maxDepth: 'Most authorities from the certificate to its anchor, which counts.',
    },
  },
  'logging.redact': {
    does: 'Refuses a request that carries a secret in its URL, where logs and caches would keep it.',
    params: { queryDenied: 'Names of query parameters that are refused, compared without case.' },
  },
  'authz.default': {
    does: 'Refuses a request without an access token.',
    params: { open: 'Anybody may call; only for open data.' },
  },
  'request.validation': {
    does: 'Refuses a request that is not what the specification says: parameters, headers, body.',
    params: {
      undeclaredQuery: 'What becomes of a query parameter that the specification does not declare.',
      maxBodyBytes: 'Largest request body, in bytes.',
      maxDepth: 'Deepest nesting of a JSON body.',
    },
  },
  'request.fields': {
    does: 'Refuses a request with a member that no schema of the specification declares, also where the schema does not forbid it; objects that the specification leaves open stay open.',
    params: {
      extensions: 'Beginnings of names that may stand in any object, such as `x-`; else none.',
      query: 'Refuses query parameters that are not declared, too.',
    },
  },
  'token.validation': {
    does: 'Refuses a token that no trusted issuer signed, that is for another audience, or that is not in force.',
    params: { issuers: 'Names of the issuers whose tokens are taken.' },
  },
  'token.lifetime': {
    does: 'Refuses a token that was made to live longer.',
    params: { maxSeconds: 'Longest time between "iat" and "exp", in seconds.' },
  },
  'token.senderConstrained': {
    does: 'Refuses a token that is not bound to the client certificate it came with (RFC 8705), or to the key of the DPoP proof it came with (RFC 9449).',
    params: {
      methods:
        'Ways of binding that are taken: mtls, dpop. What is bound in two ways must hold both.',
      maxAgeSeconds: 'Oldest DPoP proof that is taken, in seconds since its "iat".',
      maxAheadSeconds: 'How far the "iat" of a DPoP proof may lie ahead, in seconds.',
      nonce:
        'Whether a DPoP proof must hold a nonce of this gateway, which clients are given in the header DPoP-Nonce.',
    },
  },
  'identity.clientCertificate.roles': {
    does: 'Refuses a client certificate without the PSD2 role of the operation, of another organisation than the client of the token, or whose role the register has withdrawn.',
    params: {
      roles:
        'PSD2 roles (PSP_AI, PSP_PI, PSP_IC) that are needed beside the one that the operation is for.',
      registered: 'The organisation of the certificate must be that of the client in the feed.',
    },
  },
  'identity.clientStatus': {
    does: 'Refuses a client that the feed does not know or that is not in one of these states.',
    params: { statuses: 'States in which a client may call.' },
  },
  'authz.operations': {
    does: 'Refuses a token without the scopes that the operation declares.',
    params: { scopes: 'Scopes that are needed on top of what the specification declares.' },
  },
  'authz.consent': {
    does: "Refuses a call that no consent in force of this client and this customer covers with the operation's permissions.",
    params: { statuses: 'States in which a consent is in force.' },
  },
  'authz.objects': {
    does: "Refuses a request for an account that is not among the consent's, or for a customer who is not the token's.",
    params: {
      parameters: 'Names of parameters that name an account, beside those that are derived.',
    },
  },
  'request.signature': {
    does: 'Refuses a message that its client did not sign: a detached JWS (PS256) by a key of the client with the critical claims iat, iss and tan (OBIE), or an HTTP signature by a qualified seal of its organisation (Berlin Group).',
    params: {
      header:
        'Header of the signature; operations whose specification declares none are not asked for one.',
      maxAgeSeconds: 'Oldest "iat" of a signature, in seconds.',
      trustAnchors: 'Values of "tan" that are taken.',
      unencoded:
        'Bodies that are signed as they are (RFC 7797 b64 false, OBIE before 3.1.4) are taken.',
      httpSignature:
        'Where the specification declares Digest, Signature and TPP-Signature-Certificate (Berlin Group): whether they must come, are judged when they come, or are not looked at.',
      trustStores:
        'Names of the trust stores whose qualified seal certificates are taken; else all.',
      answers:
        'Answers whose specification declares the header: kept as the bank made them, and refused where a signed one was trimmed; signed by the gateway where it has a key and the signature of the bank no longer holds; or required, so that the API is closed without a key.',
    },
  },
  'sca.required': {
    does: 'Asks for another authentication of the customer (RFC 9470) where the token does not say that it was strong or recent enough, for the operation or for the days that are asked for.',
    params: {
      acr: 'Values of "acr", any of which the token must have; else any will do.',
      outcome:
        'Whether the token of a payment must say what became of strong customer authentication ("sca": authenticated or exempt, and under which decision; or an "acr" of those above): a payment with neither code nor exemption is refused. What is exempt needs no "acr". With "linked" it must be said of this very payment: its "digest" is of what token or consent holds, and the request is for that, also while sca.dynamicLinking only observes; a token that says "sca" without a digest needs an "acr" of those above.',
      maxAgeSeconds:
        'Longest time since the customer was authenticated ("auth_time"), in seconds; else any will do.',
      historyDays:
        'Days of UTC before the day of the request that account information reaches back without a fresh authentication (RTS Art. 10, 10a: 90); else as far as the consent does. Older rows stay behind, and so do rows without a day.',
      freshSeconds: 'How long after it an authentication is fresh, in seconds of "auth_time".',
      beyond:
        'What a request gets that names older days: its answer without them, or the challenge for a fresh authentication.',
      freshFor:
        'Operations that need a fresh authentication whatever days they ask for: none, those of account information that are for more than accounts, balances and transactions, or all to which the rule applies.',
    },
  },
  'sca.dynamicLinking': {
    does: 'Refuses a payment that is not the one that the customer authenticated: amount, currency, payee, payer, texts and dates are compared with the authorization_details of token or consent.',
    params: {
      free: 'Fields that a request may state though nothing was authenticated about them: creditorName, creditorAgent, remittance, reference, endToEndId, executionDate.',
      authenticated:
        'Where a payment is made first and released by the end of its authorisation (Berlin Group): whether token or consent must hold what was authenticated, or it is compared where they do and else left to what the customer proves to the bank in that request.',
      consent:
        'Whether what the customer authenticated pays once, or as often as a request is like it. Used when the bank takes the request, given back when it refuses (4xx), in doubt while nobody knows.',
    },
  },
  'payment.idempotency': {
    does: 'Sends a request with an idempotency key to the bank once in 24 hours: a repetition gets the first answer, another request under the same key none.',
    params: {
      header:
        'Header of the key where the specification declares none of x-idempotency-key, idempotency-key and x-request-id.',
      maxKeyLength: 'Longest key, in characters.',
    },
  },
  rate: {
    does: 'Refuses with 429 what is more than the units agreed on within a sliding window, and tells each client what is left (fields RateLimit and RateLimit-Policy).',
    params: {
      perClient: 'Units of one client within the window; else any number.',
      perConsent: 'Units of one consent within the window; else any number.',
      perSubject: 'Units of one customer at one client within the window; else any number.',
      perOperation: 'Units of one client for one operation within the window; else any number.',
      burst: 'Units of one client within any second; else any number.',
      windowSeconds: 'Length of the window, in seconds.',
      cost: 'Units that one request takes; what costs more than a limit takes all of it.',
    },
  },
  'gateway.baseline': {
    does: 'Answers preflights of browsers without asking the bank, and lets pages of listed origins read answers; pages of any other read nothing.',
    params: { corsOrigins: 'Exact origins of pages that may read answers; else none.' },
  },
  'rate.unattended': {
    does: 'Refuses with 429 what a client asks without the customer present more often in 24 hours than is agreed for one customer, account and operation: four times (RTS Art. 36(5)(b)), or as often as client or consent in the feed say.',
    params: {
      accesses:
        'Accesses in any 24 hours where client and consent state no higher number; never fewer than four.',
      presence: 'Headers of which any says that the customer is present.',
      paging:
        'Query parameters that name a page: within 15 minutes each further page of an answer is part of the access that it began with.',
    },
  },
  'response.fields': {
    does: 'Lets out only what the specification declares, the template allows and the consent covers; rows of other accounts stay behind.',
    params: {
      freeForm: 'What becomes of members of objects that declare none.',
      drop: 'Members that never leave, such as `Data.Account[].Nickname`.',
    },
  },
  'response.errors': {
    does: "Replaces the bank's errors by problem documents without its texts: those that are undeclared or not as declared, and those that tell of code, databases, versions, hosts or paths.",
    params: {},
  },
  'upstream.validation': {
    does: 'Refuses an answer of the bank that is not what the specification says; the event names the place and the keyword.',
    params: {
      watchEvery:
        'While the rule observes, one answer in so many is compared; enforced, every one.',
    },
  },
  'logging.audit': {
    does: 'Gives each call an id that both sides know, and an event.',
    params: {
      interactionHeader: 'Header that carries the id.',
      reads:
        'How decisions about reads are recorded: strict is synced before the call and before the answer, buffered within a second. Writes are always strict.',
    },
  },
  'egress.allowlist': {
    does: 'Closes an API whose upstream, key sets or introspection are not on the list, and refuses each call whose name leads to an address that is not. It needs hosts or networks.',
    params: {
      hosts:
        'Names that may be called; *.bank.internal is every name below bank.internal. None stated: any name, by its address.',
      networks:
        'Networks that names may lead to, judged each time one is called. None stated: public addresses, and those among the hosts. Link-local, metadata and multicast addresses never, whatever is stated.',
      ports: 'Ports that may be called. None stated: any.',
    },
  },
  'upstream.tls': {
    does: 'Closes an API whose bank side is not as protected as asked: nothing of it is served until its upstream is.',
    params: {
      mode: 'What is asked for. verified: TLS, and a certificate that names the bank. mutual: the gateway shows a certificate of its own too (upstreamTls of the API).',
    },
  },
  'upstream.resilience': {
    does: 'Bounds what a slow, talkative or dead bank API may cost.',
    params: {
      connectTimeoutMs: 'Longest wait for a connection, in milliseconds.',
      headersTimeoutMs: 'Longest wait for the head of an answer, in milliseconds.',
      bodyTimeoutMs: 'Longest wait between two parts of a body, in milliseconds.',
      maxResponseBytes: 'Largest answer that is read, in bytes.',
      breakerFailures:
        'Failures without a success between (no connection, no answer in time, 502, 503, 504) after which the bank API is left alone for a while.',
      breakerOpenMs:
        'How long it is left alone, in milliseconds; then one request tries it. Meanwhile: 503, without a call.',
      ejectFailures:
        'Failures of one of several addresses in a row (no connection, no answer in time, any 5xx) after which it is taken out of the turn.',
      ejectMs:
        'How long it is out the first time, in milliseconds; twice as long each time that follows.',
      ejectMaxMs: 'Longest time that it is out, in milliseconds.',
      ejectMaxPercent: 'Of the addresses, at most so many in a hundred are out for failures.',
      retryPercent:
        'Of a hundred requests, so many may go to a second address: idempotent ones of which nothing was sent, and reads that were cut off unanswered. A POST never does.',
      retryBurst: 'So many may do so at once, beyond that share.',
    },
  },
}
