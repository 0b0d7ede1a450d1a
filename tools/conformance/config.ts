/**
 * `npm run -s conformance:config`: what an OpenID conformance suite run needs, as JSON. The members of the first plan stand at the top, so that
 * the whole can be given to the suite as it is; under `plans` there is one configuration for each plan and variant. `--plan NAME` prints that one.
 */
import { configurationOf, redirectsOf, wordOf } from './configuration.ts'
import { keysOf } from './installation.ts'
import { PLANS } from './plans.ts'
import { issuerOf, readSettings, resourceOf } from './settings.ts'

const settings = readSettings(process.argv.slice(2), process.env)
const keys = keysOf(settings, Date.now())
const plans = PLANS.map((plan) => ({
  name: plan.name,
  plan: plan.plan,
  variant: plan.variant,
  run: wordOf(plan),
  redirectUris: redirectsOf(settings, plan),
  configuration: configurationOf(settings, keys, plan),
}))
const wanted = plans.find(({ name }) => name === settings.plan)
if (settings.plan !== undefined && wanted === undefined) {
  process.stderr.write(
    `There is no plan of this name; there are ${plans.map(({ name }) => name).join(', ')}.\n`,
  )
  process.exitCode = 4
} else
  process.stdout.write(
    `${JSON.stringify(
      wanted?.configuration ?? {
        ...plans[0]?.configuration,
        issuer: issuerOf(settings),
        resourceUrl: resourceOf(settings),
        suite: settings.suite,
        plans,
      },
      null,
      2,
    )}\n`,
  )
