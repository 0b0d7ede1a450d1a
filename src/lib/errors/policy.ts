import type { ErrorEntry } from './catalog.ts'

export const policyErrors = {
  GH_POLICY_TEMPLATE_UNKNOWN: { status: 400, title: 'No template has this name' },
  GH_POLICY_TEMPLATE_LINK: {
    status: 400,
    title: 'This is not a link to a template',
    mend: 'Write name, name@version or name@version#sha256:….',
  },
  GH_POLICY_TEMPLATE_INVALID: { status: 400, title: 'The template document is not well formed' },
  GH_POLICY_NO_TEMPLATE: {
    status: 409,
    title: 'No template can serve this API',
    mend: 'See what each says: gatehouse plan; write a template of your own that extends one: gatehouse templates.',
  },
  GH_POLICY_TEMPLATE_NEWER: { status: 409, title: 'There is a newer version of the template' },
  GH_POLICY_DIGEST_MISMATCH: { status: 409, title: 'The template is not the one that was linked' },
  GH_POLICY_LOOSENS: { status: 409, title: 'A lower level may not loosen this rule' },
  GH_POLICY_BOUNDS: {
    status: 409,
    title: 'A bound is not one, or a value lies outside of it',
    mend: 'Bounds of a lower level lie within those of the higher ones; numbers take { min, max }.',
  },
  GH_POLICY_LEVEL: { status: 400, title: 'This rule cannot be set at this level' },
  GH_POLICY_RULE_UNKNOWN: { status: 400, title: 'No rule has this name' },
  GH_POLICY_PARAM_UNKNOWN: { status: 400, title: 'The rule has no such parameter' },
  GH_POLICY_PARAM_INVALID: { status: 400, title: 'The parameter does not have an allowed value' },
  GH_POLICY_NO_OPERATIONS: {
    status: 409,
    title: 'The specification has no operation that this template serves',
  },
  GH_POLICY_BASE_PATH: {
    status: 400,
    title: 'The base path is not a plain path',
    mend: 'Write whole segments of letters, digits, - . _ ~, such as /open-banking/v4.0/aisp.',
  },
  GH_POLICY_BASE_PATH_CLASH: {
    status: 409,
    title: 'Two APIs have the same base path or name, so neither is served',
    mend: 'Give each API a basePath and a name of its own.',
  },
  GH_POLICY_UPSTREAM: {
    status: 400,
    title: 'The upstream is not an http or https address',
    mend: 'Write scheme, host, port and perhaps a path, such as https://core.bank.internal:8443/aisp.',
  },
  GH_POLICY_EGRESS: {
    status: 409,
    title: 'The API makes the gateway call what is not on its egress.allowlist',
    mend: 'Add the host, network or port to egress.allowlist, or call what is on it.',
  },
  GH_POLICY_NO_ISSUER: {
    status: 409,
    title: 'The API takes tokens, and no issuer of tokens is configured for it',
    mend: 'Name an issuer under issuers.',
  },
  GH_POLICY_ROUTES: { status: 409, title: 'Two operations cannot be told apart by their paths' },
  GH_POLICY_OPEN_PERSONAL_DATA: {
    status: 409,
    title: 'Personal data may not be served by a template that asks for no token',
    mend: 'Choose a template that asks for a token, such as ais; or, if these data are about nobody, say so: dataClasses: [public-reference].',
  },
  GH_POLICY_OPERATION_UNKNOWN: {
    status: 400,
    title: 'The specification has no such operation',
    mend: 'Write its operationId, or METHOD /path as in the specification.',
  },
  GH_POLICY_INTERNAL: { status: 500, title: 'The policy could not be compiled' },
  GH_POLICY_PLAN_UNKNOWN: { status: 404, title: 'No plan of this digest ran here' },
  GH_POLICY_PLAN_UNSIGNED: {
    status: 409,
    title: 'The plan has no signature, so it is not believed',
    mend: 'Start with the configuration that it was made of: it is written and signed anew.',
  },
  GH_POLICY_PLAN_KEY_UNKNOWN: {
    status: 409,
    title: 'The plan was signed with a key that is not the one of this installation',
    mend: 'Put installation.key back, which belongs to the plans.',
  },
  GH_POLICY_PLAN_ALTERED: {
    status: 409,
    title: 'The plan, or its signature, is not what was written here',
    mend: 'Put both files back from a backup, and find out who changed them.',
  },
  GH_POLICY_UNMAPPED: {
    status: 403,
    title: 'No permission is mapped to an operation, so it is denied',
    mend: 'Name the permission codes under permissions of the API.',
  },
  GH_POLICY_NOT_SERVED: { status: 403, title: 'The template does not serve these operations' },
  GH_POLICY_OBJECT_UNCHECKED: {
    status: 409,
    title: 'An object named in the request cannot be compared with the consent',
  },
  GH_POLICY_SIGNATURE_IMPOSSIBLE: {
    status: 500,
    title: 'The policy asks for signatures that this installation cannot make or verify',
    mend: 'Name a key under answerSigning or a trust store under trustStores, or lower the parameter.',
  },
  GH_POLICY_PAYMENT_UNLINKED: {
    status: 409,
    title: 'A payment cannot be compared with what was authenticated',
    mend: 'Say under payments of a template where the body holds amount, currency and payee.',
  },
  GH_POLICY_CERTIFICATE_UNASKED: {
    status: 409,
    title: 'An API needs client certificates, and no listener asks for them',
    mend: 'Add a listener with trustStores under listeners, or set clientCertificate of one to required or optional.',
  },
  GH_POLICY_WEAKENED: { status: 409, title: 'A rule was loosened within its bounds' },
  GH_POLICY_PAN_UNMASKED: { status: 409, title: 'A card number may leave in clear' },
  GH_POLICY_TEST_FAILED: {
    status: 409,
    title: 'The policy decides otherwise than a policy test expects',
    mend: 'Mend the policy, or, if it is right, what the test expects.',
  },
  GH_POLICY_REPLAY_FORMAT: {
    status: 409,
    title: 'The events were written by a later version',
    mend: 'Run the replay with the version that wrote them, or a later one.',
  },
  GH_POLICY_PATH_UNKNOWN: { status: 400, title: 'No response of the API has this field' },
} as const satisfies Record<string, ErrorEntry>
