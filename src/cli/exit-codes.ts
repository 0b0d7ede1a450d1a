/** Exit codes of every command; documented in the README and in `gatehouse help`. */
export const EXIT = {
  /** Done; nothing to change. */
  ok: 0,
  /** It failed. */
  error: 1,
  /** `plan`: changes are pending. */
  changes: 2,
  /** `posture --fail-on`: a gap at or above the threshold is open. */
  findings: 3,
  /** The command line or a file is not valid. */
  invalid: 4,
  unauthorised: 5,
  /** Something it depends on is not there: no running instance, no Node 24, an address in use. */
  unavailable: 69,
  /** Reading or writing failed, the audit spool above all. */
  io: 74,
  interrupted: 130,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
