import type { ErrorEntry } from './catalog.ts'

export const gatewayErrors = {
  GH_GATEWAY_API_CLOSED: { status: 503, title: 'This API is closed until its policy is mended' },
  GH_GATEWAY_DECISION_UNAVAILABLE: {
    status: 503,
    title: 'The request could not be decided now; try again shortly',
  },
  GH_GATEWAY_DATA_PLANE: {
    status: 503,
    title: 'This operation is not served by way of this proxy',
    mend: 'Its policy needs the answer of the bank, which a proxy that only asks does not show: serve it by a listener of Gatehouse itself; gatehouse export envoy names the rules.',
  },
  GH_GATEWAY_CHECK_REFUSED: {
    status: 403,
    title: 'Only the proxy of this installation may ask here',
  },
  GH_GATEWAY_ROUTE_UNKNOWN: { status: 404, title: 'No such operation' },
  GH_GATEWAY_METHOD_UNKNOWN: { status: 405, title: 'This operation has no such method' },
  GH_GATEWAY_TARGET_MALFORMED: {
    status: 400,
    title: 'The request target is not in canonical form',
  },
  GH_GATEWAY_TARGET_TOO_LONG: { status: 414, title: 'The request target is too long' },
  GH_GATEWAY_HEADER_REPEATED: { status: 400, title: 'A header that must be single came twice' },
  GH_GATEWAY_REQUEST_MALFORMED: { status: 400, title: 'The request is not well-formed HTTP' },
  GH_GATEWAY_TOKEN_IN_QUERY: {
    status: 400,
    title: 'A token must travel in the Authorization header only',
  },
  GH_GATEWAY_ACCOUNT_IN_URL: {
    status: 400,
    title: 'An account or card number must not travel in the URL',
    mend: 'Send it in the body, or in a parameter that the specification declares for it.',
  },
  GH_GATEWAY_CONTENT_CODING: {
    status: 415,
    title: 'A request body must come as it is, without a content coding',
    mend: 'Send the body without Content-Encoding.',
  },
  GH_GATEWAY_MEDIA_TYPE: {
    status: 415,
    title: 'The operation takes no body of this media type',
    mend: 'Send one Content-Type that the specification declares; JSON is UTF-8.',
  },
  GH_GATEWAY_REQUEST_INVALID: {
    status: 400,
    title: 'The request does not match the specification',
  },
  GH_GATEWAY_REQUEST_UNDECLARED: {
    status: 400,
    title: 'The request holds a member that the specification does not declare',
    mend: 'Send only what the specification declares; gatehouse explain names the object that the member stands in.',
  },
  GH_GATEWAY_TOKEN_MISSING: { status: 401, title: 'An access token is needed' },
  GH_GATEWAY_TOKEN_MALFORMED: { status: 401, title: 'The access token is not a well-formed JWT' },
  GH_GATEWAY_TOKEN_TYPE: { status: 401, title: 'The token is not an access token' },
  GH_GATEWAY_TOKEN_ALGORITHM: {
    status: 401,
    title: 'The token is signed with an algorithm that is not allowed',
  },
  GH_GATEWAY_TOKEN_KEY_UNKNOWN: {
    status: 401,
    title: 'The key that signed the token is not known',
  },
  GH_GATEWAY_TOKEN_SIGNATURE: { status: 401, title: 'The signature of the token is wrong' },
  GH_GATEWAY_TOKEN_INACTIVE: {
    status: 401,
    title: 'The issuer of the token does not hold it for active',
  },
  GH_GATEWAY_TOKEN_UNCHECKED: {
    status: 503,
    title: 'The token cannot be checked now; try again shortly',
  },
  GH_GATEWAY_TOKEN_ISSUER: { status: 401, title: 'The issuer of the token is not trusted here' },
  GH_GATEWAY_TOKEN_AUDIENCE: { status: 401, title: 'The token is meant for another audience' },
  GH_GATEWAY_TOKEN_EXPIRED: { status: 401, title: 'The access token has expired' },
  GH_GATEWAY_TOKEN_EARLY: { status: 401, title: 'The access token is not valid yet' },
  GH_GATEWAY_TOKEN_LIFETIME: {
    status: 401,
    title: 'The access token was issued for longer than allowed',
  },
  GH_GATEWAY_TOKEN_REVOKED: { status: 401, title: 'The access token was revoked' },
  GH_GATEWAY_HANDSHAKE_REFUSED: { status: 400, title: 'The TLS handshake failed' },
  GH_GATEWAY_TRUST_FILE: {
    status: 500,
    title: 'A file of certificates, keys, revocation lists or trusted lists cannot be used',
    mend: 'Put a file of that kind there; gatehouse certs show says what is in a file of certificates.',
  },
  GH_GATEWAY_CERTIFICATE_MALFORMED: {
    status: 400,
    title: 'This is no well-formed certificate',
  },
  GH_GATEWAY_TLS_NEEDED: {
    status: 403,
    title: 'This API is offered over TLS of a newer version only',
    mend: 'Call the https address of the gateway, with TLS 1.2 or 1.3 as its policy asks.',
  },
  GH_GATEWAY_CERTIFICATE_MISSING: {
    status: 403,
    title: 'A client certificate is needed',
    mend: 'Send the certificate (QWAC) of the third party in the TLS handshake.',
  },
  GH_GATEWAY_CERTIFICATE_UNTRUSTED: {
    status: 403,
    title: 'Nobody who is trusted here issued the client certificate',
    mend: 'Send the certificates between yours and its root along, and use one for client authentication.',
  },
  GH_GATEWAY_CERTIFICATE_EXPIRED: {
    status: 403,
    title: 'The client certificate, or one above it, is not in force',
    mend: 'Renew the certificate.',
  },
  GH_GATEWAY_CERTIFICATE_REVOKED: { status: 403, title: 'The client certificate was revoked' },
  GH_GATEWAY_CERTIFICATE_STATUS: {
    status: 503,
    title: 'Whether the client certificate was revoked is not known at present',
    mend: 'Give the trust store of the gateway a revocation list that is in force.',
  },
  GH_GATEWAY_CERTIFICATE_ROLE: {
    status: 403,
    title: 'The client certificate does not hold the role that this API needs',
    mend: 'Call with a certificate that holds the role.',
  },
  GH_GATEWAY_CERTIFICATE_CLIENT: {
    status: 403,
    title: 'The client certificate is of another organisation than the client of the token',
  },
  GH_GATEWAY_REGISTER_STATUS: {
    status: 403,
    title: 'The register of its authority does not allow the client this role now',
  },
  GH_GATEWAY_TOKEN_BINDING: {
    status: 401,
    title: 'The access token is not bound to the certificate or key of who sends it',
    mend: 'Call with the client certificate, or with a DPoP proof by the key, that the token was issued to.',
  },
  GH_GATEWAY_PROOF_MISSING: {
    status: 401,
    title: 'A DPoP proof is needed',
    mend: 'Send the header DPoP with a proof made for this request (RFC 9449 section 4).',
  },
  GH_GATEWAY_PROOF_INVALID: {
    status: 401,
    title: 'The DPoP proof is not sound',
    mend: 'Make a proof of type dpop+jwt with jti, htm, htu, iat and ath, signed with PS256, ES256 or EdDSA by the public key in its jwk.',
  },
  GH_GATEWAY_PROOF_REQUEST: {
    status: 401,
    title: 'The DPoP proof is for another request',
    mend: 'Make a proof whose htm is the method and whose htu is the public address of this request.',
  },
  GH_GATEWAY_PROOF_TOKEN: {
    status: 401,
    title: 'The DPoP proof is for another access token',
    mend: 'Put the SHA-256 of the access token into ath (RFC 9449 section 4.2).',
  },
  GH_GATEWAY_PROOF_TIME: {
    status: 401,
    title: 'The DPoP proof was not made just now',
    mend: 'Make a new proof for each request, and keep the clock of the client right.',
  },
  GH_GATEWAY_PROOF_REPLAYED: {
    status: 401,
    title: 'The DPoP proof was used before',
    mend: 'Make a new proof, with a new jti, for each request.',
  },
  GH_GATEWAY_PROOF_NONCE: {
    status: 401,
    title: 'The DPoP proof needs the nonce of this gateway',
    mend: 'Repeat the request with a new proof that holds the value of the header DPoP-Nonce of this answer.',
  },
  GH_GATEWAY_AUTHENTICATION_INSUFFICIENT: {
    status: 401,
    title: 'The customer must be authenticated again, or more strongly, for this operation',
    mend: 'Ask the authorization server for a new token with the acr_values and max_age of this answer (RFC 9470).',
  },
  GH_GATEWAY_CLIENT_UNKNOWN: { status: 403, title: 'The client is not known here' },
  GH_GATEWAY_CLIENT_INACTIVE: {
    status: 403,
    title: 'The client is not active',
    mend: 'See who ended its access and why: gatehouse clients show ID.',
  },
  GH_GATEWAY_SCOPE_MISSING: {
    status: 403,
    title: 'The token lacks a scope that this operation needs',
    mend: 'Ask for a token with the scope of this operation.',
  },
  GH_GATEWAY_CONSENT_MISSING: {
    status: 403,
    title: 'No consent covers this call',
    mend: 'Ask the customer for a new consent. One that was given a moment ago counts within a second; one that was ended does not come back.',
  },
  GH_GATEWAY_CONSENT_INACTIVE: {
    status: 403,
    title: 'The consent is not in force',
    mend: 'Ask the customer for a new consent, or to complete the one that waits.',
  },
  GH_GATEWAY_CONSENT_EXPIRED: {
    status: 403,
    title: 'The consent has expired',
    mend: 'Ask the customer for a new consent.',
  },
  GH_GATEWAY_CONSENT_MISMATCH: {
    status: 403,
    title: 'The consent belongs to another client or customer',
    mend: 'Use the token that was issued under this consent, to the client that asked for it.',
  },
  GH_GATEWAY_PERMISSION_MISSING: {
    status: 403,
    title: 'The consent does not include this kind of data',
    mend: 'Ask the customer for a consent that includes it, or leave it.',
  },
  GH_GATEWAY_PERMISSION_UNMAPPED: {
    status: 403,
    title: 'No permission is mapped to this operation, so no consent can cover it',
  },
  GH_GATEWAY_OBJECT_FORBIDDEN: {
    status: 403,
    title: 'The consent does not cover this account',
    mend: 'Ask for accounts that the customer allowed, and no others: the list of accounts names them.',
  },
  GH_GATEWAY_PAYMENT_SCA_MISSING: {
    status: 401,
    title:
      'The payment has neither a strong authentication of its customer nor an exemption from it',
    mend: 'Have the customer authenticate the payment (RFC 9470); the token then says so.',
  },
  GH_GATEWAY_PAYMENT_SCA_OTHER: {
    status: 403,
    title: 'What the customer authenticated, or was exempt for, is another payment',
    mend: 'Have this very payment authenticated, and use the token of that authentication; it says of which payments it is (sca.digest).',
  },
  GH_GATEWAY_PAYMENT_UNAUTHENTICATED: {
    status: 403,
    title: 'The customer authenticated no payment that this request could be for',
    mend: 'Have the payment authenticated first: its token or consent carries it in authorization_details (RFC 9396).',
  },
  GH_GATEWAY_PAYMENT_UNREADABLE: {
    status: 400,
    title: 'What is to be paid cannot be read without doubt',
    mend: 'Write amounts as plain decimals, accounts with their check digits, and texts without hidden characters.',
  },
  GH_GATEWAY_PAYMENT_UNKNOWN: {
    status: 403,
    title: 'This client has made no such payment here',
    mend: 'Authorise a payment through the gateway that it was made through, as the same client, under the product it was made under, within 30 days.',
  },
  GH_GATEWAY_PAYMENT_CHANGED: {
    status: 403,
    title: 'What stands under this id is not one payment',
    mend: 'Make the payment anew: the bank gave one id to two payments, and neither is released.',
  },
  GH_GATEWAY_PAYMENT_UNAVAILABLE: {
    status: 503,
    title: 'Whether the payment was made here cannot be looked up now',
    mend: 'Try again; the store of the gateway did not answer in time.',
  },
  GH_GATEWAY_PAYMENT_CONSENT_USED: {
    status: 403,
    title: 'What the customer authenticated has paid already',
    mend: 'Ask for the first payment (the decision id is in "first"), or have a new consent authenticated; a repetition comes with its first idempotency key.',
  },
  GH_GATEWAY_PAYMENT_CONSENT_IN_USE: {
    status: 409,
    title: 'Another payment under this consent has no answer yet',
    mend: 'Wait for its answer; when the bank refuses it, send this one again after the time in Retry-After.',
  },
  GH_GATEWAY_PAYMENT_CONSENT_IN_DOUBT: {
    status: 409,
    title: 'A payment under this consent may have reached the bank; no other is sent',
    mend: 'Read the state of the payment or of its consent; the decision id in "first" names the request to ask the bank about. To pay anew, have a new consent authenticated.',
  },
  GH_GATEWAY_PAYMENT_CONSENT_UNAVAILABLE: {
    status: 503,
    title: 'That a consent is used cannot be recorded right now, so nothing was sent',
    mend: 'Send the request again with the same idempotency key.',
  },
  GH_GATEWAY_PAYMENT_AMOUNT: {
    status: 403,
    title: 'The amount is not the one that the customer authenticated',
    mend: 'Send the amount of the authenticated payment, or have the new one authenticated.',
  },
  GH_GATEWAY_PAYMENT_CURRENCY: {
    status: 403,
    title: 'The currency is not the one that the customer authenticated',
    mend: 'Send the currency of the authenticated payment, or have the new one authenticated.',
  },
  GH_GATEWAY_PAYMENT_PAYEE: {
    status: 403,
    title: 'The account to be paid is not the one that the customer authenticated',
    mend: 'Send the account of the authenticated payee, or have the new one authenticated.',
  },
  GH_GATEWAY_PAYMENT_PAYEE_NAME: {
    status: 403,
    title: 'The name of the payee is not the one that the customer authenticated',
    mend: 'Send the name as it was authenticated: letters that only look alike are other letters.',
  },
  GH_GATEWAY_PAYMENT_DEBTOR: {
    status: 403,
    title: 'The account to pay from is not the one that the customer authenticated',
    mend: 'Send the account that the customer chose, or leave it out.',
  },
  GH_GATEWAY_PAYMENT_REMITTANCE: {
    status: 403,
    title: 'The text for the payee is not the one that the customer authenticated',
    mend: 'Send the remittance text of the authenticated payment.',
  },
  GH_GATEWAY_PAYMENT_REFERENCE: {
    status: 403,
    title: 'A reference of the payment is not the one that the customer authenticated',
    mend: 'Send the references of the authenticated payment, exactly as they were.',
  },
  GH_GATEWAY_PAYMENT_CHARGES: {
    status: 403,
    title: 'Who bears the charges is not what the customer authenticated',
  },
  GH_GATEWAY_PAYMENT_FILE: {
    status: 403,
    title: 'The file of payments is not the one that the customer authenticated',
  },
  GH_GATEWAY_PAYMENT_SCHEDULE: {
    status: 403,
    title: 'When or how often is paid is not what the customer authenticated',
    mend: 'Send the dates, frequency and amounts of the authenticated payment.',
  },
  GH_GATEWAY_SIGNATURE_MISSING: {
    status: 400,
    title: 'This operation needs a signature over its body',
    mend: 'Send one detached JWS (RFC 7515 appendix F) in the header that the specification names.',
  },
  GH_GATEWAY_SIGNATURE_INVALID: {
    status: 400,
    title: 'The signature over the body is not valid',
    mend: 'Sign the very bytes that are sent with PS256 and a key of your registration, with the critical claims iat, iss and tan.',
  },
  GH_GATEWAY_SIGNATURE_DIGEST: {
    status: 400,
    title: 'The digest is not that of the body that came',
    mend: 'Send Digest with SHA-256 or SHA-512 over the very bytes of the body, and no other algorithm beside it.',
  },
  GH_GATEWAY_SIGNATURE_COVERAGE: {
    status: 400,
    title: 'The signature does not cover the headers that it must, or covers others',
    mend: 'Sign digest, x-request-id and date, and psu-id, psu-corporate-id and tpp-redirect-uri where they are sent; nothing else.',
  },
  GH_GATEWAY_SIGNATURE_CERTIFICATE: {
    status: 403,
    title: 'The certificate of the signature is not one that counts',
    mend: 'Send in TPP-Signature-Certificate the base64 DER of a qualified seal certificate that is in force, and name it in keyId as SN=…,CA=….',
  },
  GH_GATEWAY_SIGNATURE_SIGNER: {
    status: 403,
    title: 'The signature is of another organisation than the client',
    mend: 'Sign with the seal of the organisation that is registered here and that opens the connection.',
  },
  GH_GATEWAY_SIGNATURE_TIME: {
    status: 400,
    title: 'The signed date is missing, malformed or not of now',
    mend: 'Send Date as RFC 9110 writes it, and sign each request when it is sent.',
  },
  GH_GATEWAY_SIGNING_UNAVAILABLE: {
    status: 502,
    title: 'The answer of the bank API could not be signed, so it did not leave',
    mend: 'Read the state of the payment or of its consent before anything is sent again.',
  },
  GH_GATEWAY_SIGNATURE_REPLAYED: {
    status: 403,
    title: 'The signed message came before',
    mend: 'Sign each message anew, with an id (jti) of its own; a repetition keeps its idempotency key.',
  },
  GH_GATEWAY_SIGNATURE_CLAIMS: {
    status: 400,
    title: 'The signature is good, but not its time, its signer or its trust anchor',
    mend: 'Sign each message when it is sent, with the name that you are registered under.',
  },
  GH_GATEWAY_IDEMPOTENCY_KEY_MISSING: {
    status: 400,
    title: 'This operation needs an idempotency key',
    mend: 'Send a key of your own in the header that the specification names, the same for each retry of one request.',
  },
  GH_GATEWAY_IDEMPOTENCY_KEY_INVALID: {
    status: 400,
    title: 'The idempotency key is not in the form that the specification asks for',
    mend: 'Send one header with at most as many printable ASCII characters as the specification allows, without spaces at its ends.',
  },
  GH_GATEWAY_IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    title: 'The idempotency key was used with another request',
    mend: 'Send the first request again byte for byte, or the new one under a new key.',
  },
  GH_GATEWAY_IDEMPOTENCY_IN_PROGRESS: {
    status: 409,
    title: 'The first request with this idempotency key has no answer yet',
    mend: 'Send it again with the same key after the time in Retry-After.',
  },
  GH_GATEWAY_IDEMPOTENCY_IN_DOUBT: {
    status: 409,
    title:
      'The first request with this idempotency key may have reached the bank; it is not sent again',
    mend: 'Read the state of the payment or of its consent; the decision id in "first" names the request to ask the bank about.',
  },
  GH_GATEWAY_IDEMPOTENCY_UNAVAILABLE: {
    status: 503,
    title: 'Idempotency keys cannot be recorded right now, so nothing was sent',
    mend: 'Send the request again with the same key.',
  },
  GH_GATEWAY_RATE_EXCEEDED: {
    status: 429,
    title: 'More requests than are agreed; try again after the time in Retry-After',
    mend: 'Spread requests over time; the fields RateLimit and RateLimit-Policy of each answer say what is left.',
  },
  GH_GATEWAY_UNATTENDED_EXCEEDED: {
    status: 429,
    title: 'The account was asked for without its customer as often as is agreed for one day',
    mend: 'Try again after the time in Retry-After, or with the customer present and the header that says so.',
  },
  GH_GATEWAY_QUOTA_UNAVAILABLE: {
    status: 503,
    title: 'Accesses cannot be counted right now, so nothing was sent',
    mend: 'Send the request again.',
  },
  GH_GATEWAY_FEED_STALE: {
    status: 503,
    title: 'The gateway has not heard of consents and clients for too long',
  },
  GH_GATEWAY_RULE_FAILED: { status: 500, title: 'A rule failed, so the request was refused' },
  GH_GATEWAY_RESPONSE_INVALID: {
    status: 502,
    title: "The bank's answer is not what the specification says",
    mend: 'Mend the API or its specification: gatehouse explain names the place and the keyword.',
  },
  GH_GATEWAY_RESPONSE_REFUSED: {
    status: 502,
    title: 'The answer of the bank API did not match its specification',
  },
  GH_GATEWAY_UPSTREAM_ERROR: { status: 502, title: 'The bank API answered with an error' },
  GH_GATEWAY_UPSTREAM_UNREACHABLE: { status: 502, title: 'The bank API cannot be reached' },
  GH_GATEWAY_EGRESS_REFUSED: {
    status: 502,
    title: 'The bank API is not where it may be',
    mend: 'Look at what the name of the upstream resolves to.',
  },
  GH_GATEWAY_UPSTREAM_UNTRUSTED: {
    status: 502,
    title: 'The certificate of the bank API is not believed, or names another',
    mend: 'Look at its certificate, and at "upstreamTls" of the API: anchors, serverName, uri.',
  },
  GH_GATEWAY_UPSTREAM_HANDSHAKE: {
    status: 502,
    title: 'The bank API refused the TLS connection of the gateway',
    mend: 'Look at the certificate that the gateway shows ("upstreamTls"), and at what the bank expects.',
  },
  GH_GATEWAY_UPSTREAM_IDENTITY: {
    status: 503,
    title: 'The certificate or key for the bank API cannot be used, so nothing was sent',
  },
  GH_GATEWAY_CONTEXT_UNSIGNED: {
    status: 503,
    title: 'What the bank is told of a request cannot be signed, so nothing was sent',
  },
  GH_GATEWAY_SIGNING_KEY: {
    status: 500,
    title: 'A signing key cannot be used',
    mend: 'Put a private key (PKCS #8 PEM or JWK) of one of the kinds named there, and nothing else.',
  },
  GH_GATEWAY_UPSTREAM_SUSPENDED: {
    status: 503,
    title: 'The bank API does not answer; try again shortly',
  },
  GH_GATEWAY_UPSTREAM_TIMEOUT: { status: 504, title: 'The bank API took too long' },
  GH_GATEWAY_BODY_TOO_LARGE: { status: 413, title: 'The body is larger than allowed' },
  /** Never on the wire: for the event of a request whose client left first. */
  GH_GATEWAY_CLIENT_GONE: { status: 499, title: 'The client left before the answer' },
  GH_GATEWAY_REQUEST_TIMEOUT: { status: 408, title: 'The request did not arrive in time' },
  GH_GATEWAY_LISTEN_FAILED: {
    status: 500,
    title: 'The gateway cannot listen on this address',
    mend: 'Choose another port, or stop what uses this one.',
  },
  GH_GATEWAY_HEADERS_TOO_LARGE: {
    status: 431,
    title: 'The request headers are larger than allowed',
  },
  GH_GATEWAY_CLIENT_SHARE: {
    status: 503,
    title: 'This client has its share of the requests under way; the rest are for others',
  },
  GH_GATEWAY_OVERLOADED: { status: 503, title: 'The gateway is at its limit; try again shortly' },
} as const satisfies Record<string, ErrorEntry>
