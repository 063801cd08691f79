// The texts of alerts in Arabic.
import type { AlertTexts } from './texts.ts'

export const AR: AlertTexts = {
  unconfirmed: true,
  alerts: {
    urgent: 'وصلت إحالة عاجلة.',
    overdue: 'تأخرت خطوة عن موعدها.',
    'not-arrived': 'لم تصل إحدى رسائلكم.',
    held: 'رسالة محتجزة إلى أن يقرر شخص بشأنها.',
    conflict: 'ما لدى هذا المكتب يختلف عما لدى منظمة أخرى.',
    keys: 'الشهادة أو المفاتيح تحتاج إلى تدخل شخص.',
    health: 'المكتب يحتاج إلى تدخل شخص.',
    missed: 'لم تعد بعض التغييرات محفوظة في المكتب، وقد تنقص هنا تنبيهات.',
  },
  states: { warning: 'تحذير', critical: 'حرج', ended: 'انتهى' },
  several: 'عدد التنبيهات: {count}',
  test: { subject: 'تنبيه تجريبي', text: 'هذا اختبار. لم يحدث شيء، ولا يلزم أحدا أن يفعل شيئا.' },
  thread: 'الإحالة {id}',
  ref: 'الحالة {ref}',
  problem: 'المشكلة {code}',
  exercise: 'اختبار',
  more: '… وعدد آخر: {count}.',
  times: 'التوقيت: {zone}.',
  look: 'لمعرفة المزيد: `rex-desk inbox` و `rex-desk status`.',
  footer:
    'من مكتب REX لدى {organisation}. لا تحتوي هذه الرسالة على بيانات أي حالة. لا أحد يقرأ الردود عليها.',
  unconfirmedNote: 'لم يؤكد هذه الترجمة أي متحدث أصلي. النص الإنجليزي في الأسفل.',
}
