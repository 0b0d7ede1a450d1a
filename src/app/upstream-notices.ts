/** What an operator is told of bank APIs and their addresses: in the log, and on record as findings. */
import type { UpstreamNews, UpstreamWatcher } from '../gateway/node/index.ts'
import type { Log } from './log.ts'

interface Notice {
  readonly code: string
  readonly bad: boolean
  readonly text: (origin: string) => string
}

const NOTICES: Readonly<Record<UpstreamNews, Notice>> = {
  suspended: {
    code: 'GH_GATEWAY_UPSTREAM_SUSPENDED',
    bad: true,
    text: (origin) =>
      `${origin} does not answer: it is left alone for a while, and requests for it get 503`,
  },
  answers: {
    code: 'upstream-answers',
    bad: false,
    text: (origin) => `${origin} answers again`,
  },
  ejected: {
    code: 'upstream-address-ejected',
    bad: true,
    text: (origin) =>
      `${origin} failed several times in a row: it is out of the turn for a while, and the other addresses of its API are asked`,
  },
  returned: {
    code: 'upstream-address-returned',
    bad: false,
    text: (origin) => `${origin} has its turn again; one more failure takes it out for longer`,
  },
  unhealthy: {
    code: 'upstream-address-unhealthy',
    bad: true,
    text: (origin) =>
      `${origin} fails its health checks: it is out of the turn until it passes them`,
  },
  healthy: {
    code: 'upstream-address-healthy',
    bad: false,
    text: (origin) => `${origin} passes its health checks again`,
  },
  'off-list': {
    code: 'upstream-off-list',
    bad: true,
    text: (origin) =>
      `an address of the API at ${origin} is not on its egress.allowlist, which only observes: it is called`,
  },
  'none-left': {
    code: 'upstream-none-left',
    bad: true,
    text: (origin) =>
      `no address of the API at ${origin} is in order: all of them are asked as if they were`,
  },
  'some-left': {
    code: 'upstream-some-left',
    bad: false,
    text: (origin) => `an address of the API at ${origin} is in order again`,
  },
}

export function upstreamNotices(
  log: Pick<Log, 'error' | 'info'>,
  record: (text: string) => void,
): UpstreamWatcher {
  return (origin, news) => {
    const { code, bad, text } = NOTICES[news]
    const said = text(origin)
    record(said)
    if (bad) log.error(code, said)
    else log.info(code, said)
  }
}
