/** Every command, in the order that help shows them: the order of a newcomer's first hour. */
import type { Command } from '../command.ts'
import { backupCommand, restoreCommand } from './backup.ts'
import { adoptCommand } from './adopt.ts'
import { certsCommand, certsListCommand, certsShowCommand } from './certs.ts'
import { checkCommand } from './check.ts'
import { clientCommands } from './clients.ts'
import { consentCommands } from './consents.ts'
import { completionCommand } from './completion.ts'
import { controlsCommand } from './controls.ts'
import { eraseCommand } from './erase.ts'
import { doctorCommand } from './doctor.ts'
import { eventsTailCommand } from './events.ts'
import { eventsQueryCommand } from './events-query.ts'
import { eventsReindexCommand } from './events-reindex.ts'
import { explainCommand } from './explain.ts'
import { exportEnvoyCommand } from './export-envoy.ts'
import { feedCommands } from './feed.ts'
import { fsckCommand } from './fsck.ts'
import { initCommand } from './init.ts'
import {
  inventoryExportCommand,
  inventoryImportCommand,
  inventoryListCommand,
  inventoryShowCommand,
} from './inventory.ts'
import { inventoryDiffCommand } from './inventory-diff.ts'
import { objectivesCommand } from './objectives.ts'
import { observeAllCommand } from './observe-all.ts'
import { planCommand } from './plan.ts'
import { postureCommand } from './posture.ts'
import { templatesCommand, templatesDiffCommand } from './templates.ts'
import { answerKeysCommand } from './answer-keys.ts'
import { contextKeysCommand } from './context-keys.ts'
import { publicKeyCommand } from './public-key.ts'
import { scaCommands } from './sca.ts'
import { reloadCommand } from './reload.ts'
import { statusCommand } from './status.ts'
import { retentionCommand, retentionHoldCommand, retentionReleaseCommand } from './retention.ts'
import { upCommand } from './up.ts'

export const COMMANDS: readonly Command[] = [
  initCommand,
  checkCommand,
  upCommand,
  statusCommand,
  reloadCommand,
  observeAllCommand,
  publicKeyCommand,
  answerKeysCommand,
  contextKeysCommand,
  planCommand,
  adoptCommand,
  postureCommand,
  explainCommand,
  eventsTailCommand,
  eventsQueryCommand,
  eventsReindexCommand,
  retentionCommand,
  retentionHoldCommand,
  retentionReleaseCommand,
  fsckCommand,
  doctorCommand,
  objectivesCommand,
  controlsCommand,
  templatesCommand,
  templatesDiffCommand,
  inventoryImportCommand,
  inventoryListCommand,
  inventoryShowCommand,
  inventoryDiffCommand,
  inventoryExportCommand,
  ...feedCommands,
  ...clientCommands,
  ...consentCommands,
  ...scaCommands,
  exportEnvoyCommand,
  certsCommand,
  certsShowCommand,
  certsListCommand,
  backupCommand,
  restoreCommand,
  eraseCommand,
  completionCommand,
]
