import type { SECURITY_ENGLISH } from './security-english.ts'

export const SECURITY_GERMAN: Readonly<Record<keyof typeof SECURITY_ENGLISH, string>> = {
  security: 'Meine Sicherheit',
  securityIntro: 'Damit bestätigen Sie Zahlungen und wer Ihre Konten sehen darf.',
  securityNone: 'Sie haben noch nichts eingerichtet, womit Sie bestätigen könnten.',
  securityNoticed:
    'Steht hier etwas, das Sie nicht eingerichtet haben, oder haben Sie etwas verloren? Entfernen Sie es, oder sagen Sie es sofort Ihrer Bank.',
  elementPasscode: 'Kennwort zum Bestätigen',
  elementTotp: 'Authenticator-App',
  elementTransactionCode: 'TAN-Gerät',
  elementPasskey: 'Passkey',
  elementApproval: 'App, die Sie fragt',
  elementOneTimeCode: 'Codes, die man Ihnen schickt',
  categoryKnowledge: 'etwas, das nur Sie wissen',
  categoryPossession: 'etwas, das nur Sie haben',
  categoryPasskey: 'etwas, das nur Sie haben und entsperren',
  addedOn: 'Hinzugefügt am',
  lastUsed: 'Zuletzt benutzt',
  never: 'nie',
  whatItIs: 'Was es ist',
  inUse: 'in Gebrauch',
  notAccepted: 'wird von Ihrer Bank nicht mehr angenommen',
  removedTitle: 'Was entfernt wurde',
  removedOn: 'entfernt am',
  addElement: 'Etwas hinzufügen',
  addIntro: 'Was möchten Sie hinzufügen?',
  useBankCode: 'Ich habe einen Code von meiner Bank',
  codesWaiting: 'Ihre Bank hat Ihnen einen Code geschickt, mit dem Sie dies hinzufügen können:',
  codeUntil: 'Der Code gilt bis',
  lostTitle: 'Haben Sie etwas verloren, oder können Sie nicht mehr bestätigen?',
  lostText:
    'Bitten Sie Ihre Bank um einen neuen Code. Er kommt mit der Post, in der Filiale oder auf einem anderen Weg als dieser Seite. Damit fügen Sie neu hinzu, was Sie brauchen.',
  passcodeAbout: 'Ein Geheimnis aus sechs oder mehr Zeichen, das Sie beim Bestätigen eingeben.',
  transactionCodeAbout:
    'Ein Gerät oder eine App, der Sie Betrag und Empfänger geben und die einen Code nur für diese Zahlung zeigt.',
  totpAbout:
    'Eine App, die jede halbe Minute einen anderen Code zeigt. Sie öffnet Konten; bezahlen kann man damit nicht.',
  passkeyAbout:
    'Dieses Gerät, oder ein Schlüssel zum Anstecken, bestätigt selbst: Sie entsperren es mit PIN, Fingerabdruck oder Gesicht.',
  passkeyCreateText:
    'Ihr Gerät macht einen Schlüssel für diese Bank und behält ihn. Sie entsperren es wie immer; wie, erfährt die Bank nie.',
  createPasskey: 'Passkey anlegen',
  authoriseAdd: 'Sie fügen dies hinzu, um damit bestätigen zu können',
  authoriseRemove: 'Sie entfernen dies. Danach können Sie damit nicht mehr bestätigen',
  ownDeviceRefused:
    'Es wurde auf Ihrem Gerät abgelehnt, oder die Nummer stimmte nicht. Nichts wurde geändert.',
  actQuestion: 'Geben Sie diese Nummer in Ihr Gerät ein und tippen Sie den Code, den es zeigt:',
  bankCode: 'Code von Ihrer Bank',
  bankCodeHint:
    'Zwölf Buchstaben und Ziffern, wie ABCD-EFGH-JKMN. Jeder Code gilt einmal und für eine Sache.',
  secondCode: 'Zweiter Code von Ihrer Bank',
  secondCodeHint:
    'Dafür schickt Ihre Bank zwei Codes auf zwei Wegen, damit keiner allein genügt. Lassen Sie es leer, wenn Sie in der Filiale einen bekommen haben.',
  bankCodeWrong:
    'Dieser Code passt nicht. Vielleicht wurde er schon benutzt, ist abgelaufen oder gilt für etwas anderes. Nach zu vielen Versuchen müssen Sie warten.',
  needsBankCode:
    'Mit dem, was Sie eingerichtet haben, können Sie dies nicht bestätigen. Ihre Bank schickt Ihnen dafür einen Code.',
  goOn: 'Weiter',
  choosePasscode: 'Wählen Sie ein Kennwort',
  passcodeRules:
    'Mindestens sechs Zeichen. Kein Datum, nichts, das auf- oder absteigt oder sich wiederholt, und nichts, das viele wählen.',
  newPasscode: 'Neues Kennwort',
  repeatPasscode: 'Neues Kennwort noch einmal',
  passcodesDiffer: 'Die beiden sind nicht gleich. Geben Sie es noch einmal ein.',
  labelOptional: 'Ein Name, an dem Sie es erkennen (darf leer bleiben)',
  scanOnce:
    'Dieses Geheimnis wird einmal gezeigt. Geben Sie es jetzt in Ihre App oder Ihr Gerät ein, behalten Sie keine Kopie, und lassen Sie niemanden zusehen.',
  openInApp: 'In der Authenticator-App auf diesem Gerät öffnen',
  secretText: 'Oder geben Sie das Geheimnis ein',
  secretSuite: 'Art des Codes',
  deviceSecret: 'Geheimnis für das Gerät',
  proveTotp: 'Code, den die App jetzt zeigt',
  proveTransactionCode: 'Code, den das Gerät für diese Nummer zeigt',
  secretShown:
    'Das Geheimnis wird nicht noch einmal gezeigt. Ist es noch nicht in Ihrer App oder Ihrem Gerät, beginnen Sie von vorn.',
  beginAgain: 'Von vorn beginnen',
  finishAdd: 'Hinzufügen',
  faultCommon: 'Das wählen viele, oder es ist leicht zu erraten. Wählen Sie etwas anderes.',
  faultTooShort: 'Das ist zu kurz. Wählen Sie sechs Zeichen oder mehr.',
  faultTooLong: 'Das ist zu lang.',
  faultMalformed: 'Darin ist ein Zeichen, das nicht verwendet werden kann.',
  faultWrongAnswer: 'Der Code stimmt nicht. Sehen Sie noch einmal nach.',
  faultNotAllowed: 'Ihre Bank nimmt dies nicht an.',
  faultTaken: 'Dies wurde schon einmal eingerichtet.',
  faultFull: 'Sie haben schon zu viele. Entfernen Sie zuerst eines.',
  faultAuthenticate:
    'Sie können mit dem bestätigen, was Sie haben. Dieser Code wird dafür nicht gebraucht.',
  addOverTitle: 'Die Zeit dafür ist abgelaufen',
  addOverText: 'Es wurde nichts hinzugefügt. Beginnen Sie unter „Meine Sicherheit“ von vorn.',
  payees: 'Empfänger, denen Sie vertrauen',
  payeesIntro:
    'Eine Zahlung an einen von ihnen kann ohne Ihre Bestätigung ausgeführt werden, wenn Ihre Bank das zulässt. Wer auf der Liste steht, entscheiden Sie; jede Änderung bestätigen Sie.',
  payeesNone: 'Auf Ihrer Liste steht niemand.',
  trustedSince: 'auf der Liste seit',
  addPayee: 'Einem Empfänger vertrauen',
  addPayeeIntro:
    'Tippen Sie Name und Konto selbst ab, von einer Rechnung oder einem Vertrag, die Sie kennen. Wer Sie am Telefon darum bittet, will Ihr Geld.',
  addPayeeText:
    'Dieser Empfänger kommt auf Ihre Liste. Zahlungen auf dieses Konto können dann ohne Ihre Bestätigung ausgeführt werden.',
  addPayeeButton: 'Diesem Empfänger vertrauen',
  payeeAccountHint: 'IBAN, oder Sort Code und Kontonummer',
  payeeNameWrong:
    'Geben Sie den Namen des Empfängers ein, in Buchstaben einer Schrift und ohne versteckte Zeichen.',
  payeeAccountWrong: 'Das ist kein Konto. Sehen Sie noch einmal nach.',
  removePayee: '{0} entfernen',
  removePayeeTitle: 'Diesem Empfänger nicht mehr vertrauen',
  removePayeeText:
    'Dieser Empfänger kommt von Ihrer Liste. Sie bestätigen wieder jede Zahlung auf dieses Konto.',
  payeeNotAllowed:
    'Ihre Bank lässt das zurzeit nicht zu. Es wurde nichts geändert. Versuchen Sie es später noch einmal, oder fragen Sie Ihre Bank.',
  payeeOver:
    'Die Zeit dafür ist abgelaufen, oder Sie können es mit dem, was Sie eingerichtet haben, nicht bestätigen. Es wurde nichts geändert. Beginnen Sie unter „Meine Sicherheit“ von vorn.',
  payeesFull: 'Ihre Liste ist voll. Es wurde nichts geändert. Entfernen Sie zuerst jemanden.',
  rename: 'Namen ändern',
  newLabel: 'Name',
  remove: 'Entfernen',
  removeThis: '{0} entfernen?',
  removeLast:
    'Danach können Sie Zahlungen vielleicht nicht mehr bestätigen, bis Ihre Bank Ihnen einen neuen Code schickt.',
  cannotRemove:
    'Mit dem, was Sie eingerichtet haben, können Sie dies nicht bestätigen. Wenn Sie etwas verloren haben, rufen Sie Ihre Bank an: Sie entfernt es sofort.',
}
