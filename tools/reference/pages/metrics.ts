import { DURATION_BOUNDS, METRICS } from '../../../src/app/metrics/catalogue.ts'
import { code, codes, markdownTable, page } from '../page.ts'

export const metrics = {
  file: 'metrics.md',
  render: () =>
    page(
      'Metrics',
      'What `GET /metrics` offers at the address that `monitoring.listen` names: Prometheus text format 0.0.4, or OpenMetrics 1.0 for who asks for it. `GET /health` answers 200 while the process lives; `GET /ready` answers 200, or 503 with the reasons: `starting`, `draining`, `spool-failing`, `feed-stale` (too old for every API), `no-active-api`.',
      markdownTable(
        ['metric', 'type', 'labels', 'meaning'],
        METRICS.map(({ name, type, labels, help }) => [code(name), type, codes(labels), help]),
      ),
      `Histograms have the upper bounds ${DURATION_BOUNDS.join(', ')} seconds.`,
    ),
}
