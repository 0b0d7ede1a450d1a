/** RTS Art. 18: low risk by analysis of the very transaction, within what the fraud rates of the bank allow (Art. 18(2)(a), 20). */
import { ANALYSIS_SIGNALS } from '../context.ts'
import { type Exemption, fails, HOLDS, within } from '../exemption.ts'

export const riskAnalysis: Exemption<'remote-payment'> = {
  name: 'risk-analysis',
  acts: ['remote-payment'],
  clause: (rules) => rules.riskAnalysis,
  judge({ amount, instrument }, { analysis, ceilings }, { riskAnalysis: { bands } }, approval) {
    const highest = Math.max(...bands.map(({ max }) => max))
    const fits = within(amount, Math.min(highest, ceilings[instrument]), approval)
    if (!fits.holds) return fits
    for (const signal of ANALYSIS_SIGNALS)
      if (analysis[signal] !== 'clear') return fails(`${signal}: ${analysis[signal]}`)
    if (analysis.score === undefined) return fails('no score of the transaction was made')
    if (approval.maxScore === undefined) return fails('the bank has not said what low risk is')
    return analysis.score <= approval.maxScore
      ? HOLDS
      : fails('the score of the transaction is not low')
  },
}
