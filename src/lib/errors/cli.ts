import type { ErrorEntry } from './catalog.ts'

export const cliErrors = {
  GH_CLI_USAGE: { status: 400, title: 'The command line is not understood' },
  GH_CLI_NOT_RUNNING: {
    status: 503,
    title: 'No running instance answers for this configuration',
    mend: 'Start one with: gatehouse up --config FILE',
  },
  GH_CLI_FILE_EXISTS: {
    status: 409,
    title: 'The file is there already and is never overwritten',
    mend: 'Move it away first, or name another folder.',
  },
  GH_CLI_FILE_CHANGED: {
    status: 409,
    title: 'The file was changed by somebody else in the meantime, so nothing was written',
    mend: 'Run the command again: it reads the file anew.',
  },
  GH_CLI_NOT_EDITABLE: {
    status: 409,
    title: 'The file is written in a way that cannot be edited without changing more than is asked',
    mend: 'Write apis as a list of maps, and each value that is to change as one word on its line.',
  },
  GH_CLI_IO: {
    status: 500,
    title: 'A file or folder cannot be read or written',
    mend: 'Check that it is there and that this user may use it.',
  },
  GH_CLI_NODE_TOO_OLD: { status: 500, title: 'Gatehouse needs Node 24 or newer' },
  GH_CLI_INTERNAL: { status: 500, title: 'Gatehouse made a mistake of its own' },
} as const satisfies Record<string, ErrorEntry>
