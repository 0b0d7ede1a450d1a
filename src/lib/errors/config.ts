import type { ErrorEntry } from './catalog.ts'

export const configErrors = {
  GH_CONFIG_UNREADABLE: { status: 400, title: 'The configuration file cannot be read' },
  GH_CONFIG_SYNTAX: { status: 400, title: 'The file is not well-formed YAML' },
  GH_CONFIG_UNKNOWN_KEY: { status: 400, title: 'This key is not known here' },
} as const satisfies Record<string, ErrorEntry>
