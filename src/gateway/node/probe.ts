/** One question to one address: whether it answers 2xx on the path of its health check. What comes after the head of the answer is not read. */
import type { HealthPlan } from './health-checks.ts'
import { requestHead } from './request-head.ts'
import type { UpstreamAddress } from './upstream-address.ts'
import { UpstreamRequest } from './upstream-request.ts'

export function probeOf(
  address: UpstreamAddress,
  { path, timeoutMs }: HealthPlan,
): (done: (healthy: boolean) => void) => () => void {
  const head = requestHead('GET', path, address.host, ['user-agent', 'gatehouse-health'], -1)
  return (done) => {
    if (head === undefined) {
      done(false)
      return () => undefined
    }
    const request: UpstreamRequest = new UpstreamRequest(
      {
        head,
        body: undefined,
        method: 'GET',
        headersTimeoutMs: timeoutMs,
        bodyTimeoutMs: timeoutMs,
      },
      {
        onResponsePart: () => undefined,
        onResponseStart(status) {
          request.abort()
          done(status >= 200 && status < 300)
        },
        onResponseData: () => undefined,
        onResponseEnd: () => undefined,
        onResponseError: () => done(false),
      },
    )
    address.probe(request)
    return () => request.abort()
  }
}
