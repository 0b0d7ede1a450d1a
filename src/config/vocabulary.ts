import type { OwnFiles, OwnWords } from './own-files.ts'

/** Words that other modules own and the configuration may use. `app` passes the catalogue's, so that this module knows no other. */
export interface Vocabulary {
  readonly templates: readonly TemplateWord[]
  readonly rules: readonly RuleWord[]
  readonly dataClasses: readonly string[]
  readonly roles: readonly string[]
  readonly exposures: readonly string[]
  /** Left out: any text is taken. */
  readonly features?: readonly string[]
  readonly jurisdictions?: readonly string[]
  readonly entities?: readonly string[]
  /** Words of a bank's own controls. */
  readonly controls?: ControlWords
}

export interface ControlWords {
  /** Ids of the catalogue, which no other control may have. */
  readonly ids: readonly string[]
  readonly categories: readonly string[]
  readonly severities: readonly string[]
  readonly consequences: readonly string[]
  readonly evidenceKinds: readonly string[]
  readonly regimes: readonly string[]
  readonly owasp: readonly string[]
  readonly policyFields: readonly string[]
}

export interface TemplateWord {
  readonly name: string
  /** Left out: any version is taken. */
  readonly versions?: readonly string[]
  /** It checks access tokens, so it is of no use without a trusted issuer. */
  readonly needsIssuer?: boolean
}

export interface RuleWord {
  readonly name: string
  /** Names of its parameters; left out: any are taken, and the policy compiler judges them. */
  readonly params?: readonly string[]
  /** It is about an API as a whole: no operation can have its own. */
  readonly wholeApi?: boolean
  /** Parameters of which the same holds. */
  readonly wholeApiParams?: readonly string[]
  /** What it does, for whoever writes it. */
  readonly does?: string
  /** What each of its parameters means, and which values are tighter. */
  readonly describes?: Readonly<Record<string, string>>
}

/** What the checker may ask about the machine; `app` makes the real one. */
export interface ConfigEnvironment {
  readonly vocabulary: Vocabulary
  /** A regular file that can be read is at this absolute path. */
  readonly fileExists: (path: string) => boolean
  /** Names in a folder, for the nearest match of a missing file. */
  readonly fileNames?: (folder: string) => readonly string[]
  /** Text of a file; given, the key sets that issuers name are checked too. */
  readonly readText?: (path: string) => string | undefined
  /** Words of the bank's own files, beside those of `vocabulary`. */
  readonly own?: (files: OwnFiles) => OwnWords
  /** Whether an environment variable is set; given, references to unset ones are mistakes. */
  readonly hasVariable?: (name: string) => boolean
}
