/** Every fuzz suite there is. */
import type { Suite } from './suite.ts'
import { accessTokens } from './suites/access-tokens.ts'
import { certificates } from './suites/certificates.ts'
import { configuration } from './suites/configuration.ts'
import { dpopProofs } from './suites/dpop-proofs.ts'
import { feedRecords } from './suites/feed-records.ts'
import { httpBytes } from './suites/http-bytes.ts'
import { jsonPrograms } from './suites/json-programs.ts'
import { jsonTexts } from './suites/json-texts.ts'
import { keySets } from './suites/key-sets.ts'
import { messageSignatures } from './suites/message-signatures.ts'
import { ocspAnswers } from './suites/ocsp-answers.ts'
import { patterns } from './suites/patterns.ts'
import { plainYaml } from './suites/plain-yaml.ts'
import { plans } from './suites/plans.ts'
import { requests } from './suites/requests.ts'
import { scaApprovals } from './suites/sca-approvals.ts'
import { bankAnswers, scaBodies } from './suites/sca-bodies.ts'
import { activationCodes, ocraSuites } from './suites/sca-codes.ts'
import { scaPasskeys } from './suites/sca-passkeys.ts'
import { scaRates } from './suites/sca-rates.ts'
import { specifications } from './suites/specifications.ts'
import { spoolFiles } from './suites/spool-files.ts'
import { templates } from './suites/templates.ts'

export const SUITES: readonly Suite[] = [
  accessTokens,
  certificates,
  configuration,
  dpopProofs,
  feedRecords,
  httpBytes,
  jsonPrograms,
  jsonTexts,
  keySets,
  messageSignatures,
  ocspAnswers,
  patterns,
  plainYaml,
  plans,
  requests,
  activationCodes,
  bankAnswers,
  ocraSuites,
  scaApprovals,
  scaBodies,
  scaPasskeys,
  scaRates,
  specifications,
  spoolFiles,
  templates,
]
