/** Where the gateway listens: an address and a port, or a port alone, which means loopback. */
import { parseListen, type ListenAddress } from './addresses.ts'
import { numberIn, parsedText, type Shape } from './shape.ts'

const listenText = parsedText<ListenAddress>('an address and a port', parseListen)
const listenPort = numberIn(0, 65535, true)

export const listen: Shape<ListenAddress> = {
  read: (spot, check) => {
    const node = spot.node
    if (node === null || !('value' in node) || typeof node.value !== 'number')
      return listenText.read(spot, check)
    const port = listenPort.read(spot, check)
    return port === undefined ? undefined : { host: '127.0.0.1', port }
  },
  schema: (words) => ({ anyOf: [listenText.schema(words), listenPort.schema(words)] }),
}
