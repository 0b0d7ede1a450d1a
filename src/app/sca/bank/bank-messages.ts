/** What the bank sends to its customers for us: one-time codes, news for their devices, notices of a block. Each resolves when it is on its way. */
import type { JsonObject } from '../../../lib/index.ts'
import type { ActivationSender, CodeSender, DevicePush, PayerNotice } from '../../../sca/index.ts'
import type { BankService } from './bank-service.ts'

type Tells = Pick<BankService, 'tell'>

/** The text of a payment must say amount and payee (RTS Art. 5(1)(a)): they are in the message, as they are signed. */
export function bankSender(service: Tells): CodeSender {
  return {
    async send({ to, code, transaction }) {
      const { client, kind, what, shown } = transaction ?? {}
      const about = transaction === undefined ? {} : { transaction: { client, kind, what, shown } }
      // Sound: text and lists of them; what is absent is left out.
      await service.tell(JSON.parse(JSON.stringify({ to, code, ...about })) as JsonObject)
    },
  }
}

/** Codes of the bank, by the channel that two of its people chose: a letter is printed there, not here. */
export function bankCodes(service: Tells): ActivationSender {
  return ({ subject, channel, kind, code, until, recovers, inTwo }) =>
    service.tell({ activation: { subject, channel, kind, until, recovers, inTwo }, code })
}

export function bankPush(service: Tells): DevicePush {
  return {
    push: ({ devices, transaction }) => service.tell({ devices, transaction }),
  }
}

export function bankNotices(service: Tells): (notice: PayerNotice) => Promise<void> {
  return ({ subject, kind, until }) =>
    service.tell({ subject, kind, ...(until === undefined ? {} : { until }) })
}
