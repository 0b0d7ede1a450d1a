export type { Brand } from './brand.ts'
export type { Clock, Scheduler } from './clock.ts'
export { type Diagnostic, formatDiagnostic, type Place } from './diagnostic.ts'
export { CATALOG, type ErrorCode, type ErrorEntry, errorEntry } from './errors/catalog.ts'
export { type EgressList, listed, offList } from './egress-list.ts'
export { GatehouseError } from './errors/gatehouse-error.ts'
export { type ApiName, type ClientId, type ConsentId, type ControlId, typeable } from './ids.ts'
export { parseJson, parseJsonTexts } from './json-text.ts'
export { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from './json.ts'
export { type HttpUrl, MAX_URL_CHARS, normalPath, readHttpUrl } from './http-url.ts'
export { isLoopback } from './loopback.ts'
export { nearest } from './nearest.ts'
export { readNetwork } from './networks.ts'
export { Recent } from './recent.ts'
export { samePerson } from './same-person.ts'
export { keyedFlights, type SingleFlight, singleFlight } from './single-flight.ts'
export { isNeverCalled, isPublicAddress, isThisMachine } from './special-networks.ts'
export type { Result } from './result.ts'
export { isTimeZone } from './time-zone.ts'
export { canonicalAccount, canonicalAccountText, type PaymentAccount } from './payment/account.ts'
export {
  amountText,
  canonicalAmount,
  canonicalCurrency,
  sumOfMinorUnits,
} from './payment/amount.ts'
export {
  type AuthenticatedPayments,
  MAX_DETAILS,
  DETAIL_MEMBERS,
  ordersInDetails,
  readAuthorizationDetails,
} from './payment/authorization-details.ts'
export { minorUnitDigits } from './payment/currencies.ts'
export { comparePayments, MAX_PAYMENTS, type PaymentDifference } from './payment/compare.ts'
export {
  mappingOf,
  type PaymentMapping,
  type PaymentsRead,
  readPayments,
} from './payment/mapping.ts'
export {
  type CanonicalPayment,
  canonicalPayment,
  PAYMENT_FIELDS,
  type PaymentFault,
  type PaymentField,
  type PaymentOrder,
  paymentText,
} from './payment/order.ts'
export { isSeries } from './payment/series.ts'
export { canonicalName, sameName } from './payment/text.ts'
