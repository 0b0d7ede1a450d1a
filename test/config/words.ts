/** Words for the tests of the checker: few templates and rules that do not change with the product's. */
import type { Vocabulary } from '../../src/config/index.ts'
import { dataClasses, enumerations } from '../../src/controls/index.ts'

export const words: Vocabulary = {
  templates: [
    { name: 'ais', versions: ['1.0.0'], needsIssuer: true },
    { name: 'open-data', versions: ['1.0.0'] },
  ],
  rules: [
    { name: 'authz.default', params: ['open'] },
    { name: 'logging.redact', params: ['queryDenied'] },
    { name: 'request.validation', params: ['undeclaredQuery', 'maxBodyBytes', 'maxDepth'] },
    { name: 'token.validation', params: ['issuers'] },
    { name: 'token.lifetime', params: ['maxSeconds'] },
    { name: 'identity.clientStatus', params: ['statuses'] },
    { name: 'authz.operations', params: ['scopes'] },
    { name: 'authz.consent', params: ['statuses'] },
    { name: 'authz.objects', params: ['parameters'] },
    { name: 'response.fields', params: ['freeForm', 'drop'] },
    { name: 'response.errors', params: [] },
    { name: 'logging.audit', params: ['interactionHeader'] },
    {
      name: 'upstream.resilience',
      params: ['connectTimeoutMs', 'headersTimeoutMs', 'bodyTimeoutMs', 'maxResponseBytes'],
      wholeApi: true,
    },
  ],
  dataClasses: dataClasses().map(({ id }) => id),
  roles: enumerations().roles,
  exposures: enumerations().exposures,
  features: enumerations().features,
}
