/** What `extAuthz` and the listeners of Envoy demand of each other. */
import { isScalar, type Node } from 'yaml'

import { type Check, label, type Path } from './check.ts'
import { itemsOf, member } from './tree-texts.ts'

export function crossCheckExtAuthz(root: Node | null, check: Check): void {
  const own = member(root, 'extAuthz')
  for (const [at, listener] of itemsOf(member(root, 'listeners')).entries()) {
    const plane = member(listener, 'dataPlane')
    if (plane === undefined || !isScalar(plane) || plane.value !== 'envoy') continue
    const path: Path = ['listeners', at]
    if (own === undefined)
      check.report({
        code: 'GH_CONFIG_KEY_MISSING',
        at: plane,
        path: [...path, 'dataPlane'],
        message: `${label(path)} is served by Envoy, and nothing says where Envoy may ask.`,
        mend: 'Add "extAuthz" with "listen: unix:PATH", or with a loopback port and "secret".',
      })
    const proxies = member(listener, 'proxies')
    if (proxies !== undefined)
      check.report({
        code: 'GH_CONFIG_VALUE_INVALID',
        at: proxies,
        path: [...path, 'proxies'],
        message: `${label([...path, 'proxies'])} is not read where Envoy serves the listener: whoever is before Envoy vouches for nobody.`,
      })
  }
  const listen = member(own, 'listen')
  const socket =
    isScalar(listen) && typeof listen.value === 'string' && listen.value.startsWith('unix:')
  if (listen !== undefined && !socket && member(own, 'secret') === undefined)
    check.report({
      code: 'GH_CONFIG_KEY_MISSING',
      at: listen,
      path: ['extAuthz'],
      message:
        'extAuthz listens on a port and has no "secret", so anybody on this machine could ask.',
      mend: 'Add "secret: { env: NAME }", or use "listen: unix:PATH".',
    })
}
