// Entry point @rex/sdk/referral/words: ordinary words of many languages that are also names of people. docs/spec/referral.md, "Lint"
import type { Words } from '../leaks/ordinary.ts'

/**
 * Ordinary words that are also names, in addition to the list that the lint includes. A match is a warning, not an error. The desk and
 * rex-desk use this list.
 */
export const WORDS: Words = `
  hope faith grace mercy joy charity patience prudence precious blessing blessed favour gift promise princess prince king queen angel
  heaven star sunny sun sky dawn summer winter spring april may june august rose lily daisy violet iris ivy holly olive jasmine flower rain
  storm river brook lake forest wood field hill stone rock pearl ruby crystal diamond gold will mark bill bob jack frank grant art chase
  gene guy jay miles nick pat ray rich sue tony victor ward candy cherry chance christian constant destiny fortune freedom glory happy
  harmony honest honesty honor honour innocent justice lady liberty love lovely lucky major melody merry modest noble peace praise royal
  saint serenity sweet treasure trinity true trust truth unity unique victory virtue wisdom wise worthy young old long short small little
  big strong brown black white green gray grey blue red day night monday friday sunday christmas easter baker cook farmer fisher hunter
  miller potter smith taylor walker bell bird bishop camp cash chambers church cole court cross fair fish fox good goodman grave
  guest hall hand hart home hood house just keen key kind lamb lane law lay light low man mills moon moore more north south
  east west page park parks penny price quick rice ring rivers rush self sharp snow staff stand street swan swift tree wall
  waters way wells wild wolf yard can an so do in on at by my mo le la de el al su ma he she be see now new all ten jordan georgia
  chad china india israel paris london florence austin kenya asia africa america ireland france german french english turk hero tiger bear
  eagle dragon legend ninja player sugar lion sam sandy faithful joyful
  esperanza paz luz sol luna estrella cielo mar alma amor amparo ángel consuelo dolores mercedes milagros remedios socorro soledad rosario
  pilar cruz rosa blanca clara dulce flor gracia gloria victoria domingo abril julio salvador jesús león guerra reyes rey campos santos
  santo bueno leal moreno rubio gordo grande calvo torres castillo puente calle nieves alegría libertad concepción inocencia
  espérance grâce joie paix victoire aimé aimée désiré désirée claire blanche blanc fleur pierre bienvenu dieudonné parfait juste modeste
  fidèle céleste noël trésor merveille gloire bonheur boulanger roy petit grand legrand jeune fontaine dubois bois pont roche ange
  soleil ciel mai promesse miracle divine
  hoffnung freude friede liebe gnade glück engel stern sonne ernst vogel fuchs hase klein groß lang kurz jung alt schwarz weiß braun
  könig kaiser graf richter bauer bäcker koch müller schneider fischer jäger lehrer sommer berg bach busch stein wald stark gut
  esperança graça alegria anjo estrela glória lua pureza vitória rei rios costa pinto leite feliz bento
  speranza gioia grazia amore angelo angela stella fiore bianca rosso bruno serena felice vittoria pace leone
  nadzieja wiara miłość radość wilk lis kowal król mały nowak zima
  вера надежда любовь мир мира роза слава лев волк мороз весна светлана победа віра надія любов зоря вовк коваль
  umut barış sevgi deniz güneş yağmur çiçek melek savaş bahar mutlu güven gül yıldız ışık sevinç kader nur güzel aslan demir toprak hayat
  jiyan roj hêvî evîn azadî
  amani furaha baraka neema imani tumaini rehema zawadi upendo pendo heri bahati faraja maisha nyota simba salama asante malaika riziki
  nabad farxaan nuur ayan goodluck goodness
  hạnh phúc bình hòa lan hoa xuân thu tâm trung nam vui cahaya bintang indah melati damai harapan suci bulan putri
  سلام امل أمل نور حياة فرح سعيد سعيدة جميل جميلة كريم كريمة أمين امين آمنة حبيب حبيبة رحمة هدى نجاح صباح إيمان ايمان وفاء صبر سعادة محبة
  أمان امان سليم سليمة عادل شريف حكيم ربيع بدر قمر شمس نجمة وعد عهد حنان سماح سماء فجر ليل ندى مطر زهرة ورد وردة ياسمين ذهب عزيز عزيزة
  غالية كامل صادق صالح طاهر طيب طيبة مخلص مؤمن نبيل هادي هدية هبة نعمة بركة بشرى بسمة أحلام احلام جهاد ثورة نصر نضال سيف أسد اسد ملاك ملك
  ملكة أمير أميرة حرية خالد خير دعاء راشد رضا رفيق زين سعد سهل شجاع شاكر شوق عالم عامر علا فداء فارس فخر فضل قدر لطيف ماهر محمود مشرق منى
  ناصر نادر نسيم هلال هناء وحيد يقين يسر امید آرزو شادی مهربان سحر بهار آزاده فرشته ستاره دریا باران گل شیرین آزادی هیله
  שלום תקווה אור חיים שמחה אהבה מזל טוב טובה ברכה נעים רינה גיל טל גשם שמש כוכב ים הר דוב חופש חירות אמת אמונה חסד צדק הוד זהב מלך מתנה
  שי אביב סתיו גן נועם נס פלא שקט לב
  平安 健康 安全 幸福 和平 希望 快乐 快樂 美丽 美麗 光明 春天 自由 友好 团结 建国 学习 文化 高兴 安静 安靜 安宁 吉祥 如意 明天 阳光 陽光 温暖
  明白 小心 努力 成功 胜利 勝利 善良 勇敢 诚实 聪明 聰明 智慧 梦想 夢想 未来 未來 永远 天空 太阳 月亮 星星 海洋 可爱 可愛 方便 正常 平常 平静
  和谐 保护 安心 放心 开心 開心
  のぞみ ひかり しあわせ さくら めぐみ みらい まこと かなえ あかり こころ いのり 平和 幸 光 夢 愛 心 勇気
  평화 사랑 하늘 희망 소망 은혜 믿음 기쁨 나라 바다 이슬 가을 여름 구름 지혜 진실 진리 새벽 나무 우리 미래 자유 소리
  สุข ความสุข ดวงใจ สันติ ฟ้า ฝน น้ำ ดาว ใหม่ เล็ก ใหญ่ แดง แก้ว ทอง ใจ รัก ดี หนู ต้น
  फूल आशा शांति प्रेम खुशी ज्योति पूजा किरण दीपक सागर आकाश विजय सूरज तारा रानी राजा माया ममता दया आनंद सुख मंगल নদী আশা শান্তি আলো সুখ প্রেম
  আকাশ মুক্তি জয় ሰላም ተስፋ ሕይወት ፍቅር ደስታ እምነት ብርሃን ኮከብ ድል`
