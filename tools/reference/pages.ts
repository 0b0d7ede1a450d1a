/** Every generated page. A page is a file in `pages/`. */
import type { Page } from './page.ts'
import { cli } from './pages/cli.ts'
import { configuration } from './pages/configuration.ts'
import { controls } from './pages/controls.ts'
import { errors } from './pages/errors.ts'
import { events } from './pages/events.ts'
import { metrics } from './pages/metrics.ts'
import { policyRules } from './pages/policy-rules.ts'
import { storageSchema } from './pages/storage-schema.ts'
import { templates } from './pages/templates.ts'

export const PAGES: readonly Page[] = [
  configuration,
  policyRules,
  templates,
  cli,
  errors,
  events,
  metrics,
  storageSchema,
  controls,
]
