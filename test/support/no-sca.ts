/** The services of strong customer authentication, for tests of routes that are others'. */
import type { ScaServices } from '../../src/api/index.ts'

const absent = (): never => {
  throw new TypeError('this test asks nothing of strong customer authentication')
}

export const NO_SCA: ScaServices = {
  exemptions: absent,
  rates: absent,
  decision: absent,
  elements: absent,
  names: absent,
  registers: absent,
  period: absent,
  slice: absent,
  rebuilt: absent,
}
