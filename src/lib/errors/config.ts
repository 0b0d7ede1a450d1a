import type { ErrorEntry } from './catalog.ts'

export const configErrors = {
  GH_CONFIG_UNREADABLE: { status: 400, title: 'The configuration file cannot be read' },
  GH_CONFIG_TOO_LARGE: { status: 400, title: 'The configuration is larger than allowed' },
  GH_CONFIG_SYNTAX: { status: 400, title: 'The file is not well-formed YAML' },
  GH_CONFIG_YAML_FEATURE: {
    status: 400,
    title: 'This feature of YAML is not used here',
    mend: 'Write the value out in plain YAML.',
  },
  GH_CONFIG_UNKNOWN_KEY: { status: 400, title: 'This key is not known here' },
  GH_CONFIG_DUPLICATE_KEY: { status: 400, title: 'This key stands here twice' },
  GH_CONFIG_KEY_MISSING: { status: 400, title: 'A key that is needed is missing' },
  GH_CONFIG_VALUE_TYPE: { status: 400, title: 'This is another kind of value than is needed' },
  GH_CONFIG_VALUE_INVALID: { status: 400, title: 'This value is not allowed' },
  GH_CONFIG_VALUE_DUPLICATE: { status: 400, title: 'This value must be given once only' },
  GH_CONFIG_REFERENCE_UNKNOWN: { status: 400, title: 'This names something that is not there' },
  GH_CONFIG_FILE_MISSING: {
    status: 400,
    title: 'A file that is named here does not exist',
    mend: 'Paths start at the folder of gatehouse.yaml.',
  },
  GH_CONFIG_ISSUER_NEEDED: {
    status: 400,
    title: 'The template checks access tokens, but no issuer is trusted',
    mend: 'Add an issuer with its keys (jwks) and audience under "issuers".',
  },
  GH_CONFIG_PROFILE: {
    status: 400,
    title: 'This is for test runs, and the profile is production',
  },
  GH_CONFIG_SECRET_LITERAL: {
    status: 400,
    title: 'A secret stands in the configuration',
    mend: 'Take it out and replace it where it was used: it counts as known. Secrets are given only as { file: path } or { env: NAME }.',
  },
  GH_CONFIG_SECRET_REFERENCE: {
    status: 400,
    title: 'A reference to a secret is wrong',
    mend: 'Write { file: path } or { env: NAME }.',
  },
  GH_CONFIG_JWKS_INVALID: { status: 400, title: 'The file is not a set of public keys (JWKS)' },
  GH_CONFIG_JWKS_PRIVATE: {
    status: 400,
    title: 'The key set holds a private or symmetric key',
    mend: 'Publish only the public members; replace the key, it counts as known.',
  },
  GH_CONFIG_NO_SPECIFICATION: {
    status: 400,
    title: 'There is no specification to write a configuration for',
    mend: 'Put an OpenAPI file into the folder.',
  },
} as const satisfies Record<string, ErrorEntry>
