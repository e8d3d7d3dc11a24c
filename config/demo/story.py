# ruff: noqa: E501 - sentences stay whole
"""The words and the numbers of the demo, in both languages."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

PASSWORD = "demo-mashpech"
DAYS = 180


@dataclass(frozen=True, slots=True)
class Source:
    """Where visitors came from: how many came, stayed to read, left details, bought."""

    name: str
    medium: str
    visitors: int
    engaged: int
    leads: int
    buyers: int


@dataclass(frozen=True, slots=True)
class Figures:
    """How many of what. The mailing's parts add up to its audience."""

    sources: tuple[Source, ...] = (
        Source("facebook", "paid", 10_900, 4_700, 1_104, 171),
        Source("google", "paid", 5_000, 2_500, 642, 146),
        Source("instagram", "influencer", 2_400, 980, 215, 31),
        Source("tiktok", "paid", 1_500, 450, 96, 6),
        Source("", "", 1_600, 1_000, 254, 62),
    )
    bought_again: int = 104
    imported: int = 812
    phone_only: int = 340
    newsletter: int = 160
    sendable: int = 1_946
    no_consent: int = 131
    no_address: int = 46
    suppressed: int = 35
    failed: int = 22
    uncertain: int = 3
    opened: int = 806
    opened_by_robots: int = 341
    clicked: int = 211
    clicked_by_robots: int = 58
    shared: int = 118
    landed: int = 402
    landed_robots: int = 36
    joined: int = 137
    friends_bought: int = 22
    high: int = 131
    middling: int = 41
    low: int = 15
    midway: int = 9
    called: int = 12  # of the low
    low_again: int = 5  # of the low, who bought again after all
    votes: tuple[int, ...] = (49, 37, 26, 13)
    early_open_rate: float = 0.336

    def times(self, factor: float) -> Figures:
        """The same story, smaller."""
        small = {
            name: max(1, round(getattr(self, name) * factor))
            for name in self.__slots__
            if isinstance(getattr(self, name), int)
        }
        sources = tuple(
            replace(
                source, **{n: round(getattr(source, n) * factor) for n in ("visitors", "engaged", "leads", "buyers")}
            )
            for source in self.sources
        )
        votes = tuple(max(2, round(count * factor)) for count in self.votes)
        return replace(self, sources=sources, votes=votes, **small)

    @property
    def leads(self) -> int:
        return sum(source.leads for source in self.sources)

    @property
    def buyers(self) -> int:
        return sum(source.buyers for source in self.sources)


@dataclass(frozen=True, slots=True)
class Package:
    name: str
    price: Decimal
    sold: int


@dataclass(frozen=True, slots=True)
class Story:
    """`fields`: label and options of the business's own fields. `words`: every text of pages and mails, by name."""

    slug: str
    name: str
    language: str
    owner_email: str
    owner_name: str
    postal_address: str
    phone: str
    men: tuple[str, ...]
    women: tuple[str, ...]
    initials: str
    packages: tuple[Package, ...]
    fields: dict[str, tuple[str, tuple[str, ...]]]
    words: dict[str, str]
    figures: Figures = field(default_factory=Figures)


def _packages(*names: str) -> tuple[Package, ...]:
    prices, sold = (349, 189, 289, 219, 259, 149), (74, 92, 61, 83, 47, 59)
    return tuple(Package(name, Decimal(price), count) for name, price, count in zip(names, prices, sold, strict=True))


HEBREW = Story(
    slug="foam",
    name="קצף וזוהר",
    language="he",
    owner_email="owner@foam.example.test",
    owner_name="מאיה",
    postal_address="רחוב הקצף 12, חולון",
    phone="050-000-9000",
    men=tuple(
        "אורי יואב גיל איתי עומר דניאל רועי אלון עידו נדב תומר יונתן אסף ליאור שחר גיא אייל מתן ניר אריאל ינון עמית".split()
    ),
    women=tuple(
        "מאיה נועה דנה תמר שירה יעל מיכל רוני הילה ענבל אביגיל ליאת קרן גלית נטע סיון אורלי עדי רותם הדר ורד".split()
    ),
    initials="אבגדהזחטיכלמנסעפצקרש",
    packages=_packages("שריון לצבע", "ברק מהיר", "משפחה בתנועה", "פנים כמו חדש", "איפוס לרכב", "שטיפה חכמה"),
    fields={
        "car": ("סוג הרכב", ("קטן", "משפחתי", "שטח", "מסחרי")),
        "often": ("כל כמה זמן מנקים", ("כל שבוע", "פעם בחודש", "כשכבר אין ברירה")),
        "matters": ("מה הכי חשוב", ("ברק", "פנים נקי", "הגנה על הצבע", "לגמור מהר")),
        "kit": ("הערכה שהתאמנו", ()),
    },
    words={
        "newsletter": "ניוזלטר",
        "customers": "לקוחות",
        "refill": "מנוי מילוי",
        "family": "רכב משפחתי",
        "called": "שיחה",
        "consent": "אפשר לשלוח אליי מיילים מקצף וזוהר. אפשר להפסיק בכל רגע.",
        "kit_page": "איזו ערכה תעשה לרכב שלך טוב?",
        "kit_heading": "איזו ערכה תעשה לרכב שלך טוב?",
        "kit_text": "שלוש שאלות קצרות, ואנחנו מתאימים ערכת ניקוי לרכב ולזמן שיש לכם. עד הבית, בלי התחייבות.",
        "kit_button": "לקבלת ההמלצה",
        "kit_thanks": 'תודה {{ first_name | default: "לכם" }}, ההמלצה בדרך',
        "kit_thanks_text": "תוך שעה יגיע אליכם מייל עם הערכה שהתאמנו, והסבר קצר למה דווקא היא.",
        "share_page": "לתת לחבר רכב נקי",
        "share_known": 'היי {{ first_name | default: "חברים" }}, יש מישהו שהחניה שלו מבקשת עזרה? שליחה אחת בוואטסאפ והוא מקבל 15% הנחה, '
        "וגם לך.",
        "share_text": "מצאתי משהו לרכב, שווה להציץ:",
        "share_label": "שליחה לחבר בוואטסאפ",
        "share_stranger": "נעים להכיר! מישהו שאכפת לו ממך חשב שתשמחו לרכב נקי. שם, מייל ונייד, וההטבה אצלכם.",
        "share_button": "לקבלת 15% הנחה",
        "share_thanks": "ההטבה אצלכם",
        "share_thanks_text": "קוד ההנחה בדרך אליכם במייל. ואם גם לכם יש חבר עם רכב מאובק, תורכם.",
        "share_description": "15% הנחה על ערכת ניקוי לרכב, עד הבית",
        "car_alt": "מכונית צהובה בתוך קצף",
        "early_mailing": "חמש דקות לפני החורף",
        "early_subject": '{{ first_name | default: "שלום" }}, חמש דקות לפני שהחורף מגיע לרכב',
        "early_text": "שלוש בדיקות קטנות שחוסכות חורף שלם: המגבים, הגומיות של הדלתות, ושכבת מגן אחת לצבע לפני הגשם הראשון.",
        "early_button": "לבחירת הערכה לחורף",
        "share_mailing": "הרכב שלך כבר זוהר. של מי עוד?",
        "share_subject": "הרכב שלך כבר זוהר. של מי עוד?",
        "share_preheader": "חבר אחד, 15% לשניכם",
        "mail_hello": 'היי {{ first_name | default: "חברים" }}, חשבנו {{ gender: "עליך" | "עלייך" | "עליכם" }}',
        "mail_known": "בטח יש ליד הבית רכב אחד שמבקש עזרה. שליחה אחת בוואטסאפ, והחבר מקבל 15% הנחה על הערכה הראשונה. וגם אתם.",
        "mail_share": "לשלוח לחבר",
        "mail_all": "לכל הערכות",
        "draft_mailing": "ערכת אופנוע: בדרך",
        "draft_text": "ביקשתם ערכה לאופנוע. עוד שבועיים היא כאן.",
        "happy": "מביאי חברים",
        "family_segment": "רכב משפחתי, קנו בחצי השנה האחרונה",
        "sleepy": "קיבלו מייל ולא פתחו",
        "sale_funnel": "מהדף לקנייה",
        "share_funnel": "חבר מביא חבר",
        "stage_seen": "ביקרו בדף",
        "stage_read": "נשארו לקרוא",
        "stage_lead": "השאירו פרטים",
        "stage_bought": "קנו",
        "stage_again": "קנו שוב",
        "imported": "ייבוא לקוחות ותיקים",
        "satisfaction": "סקר שביעות רצון",
        "rate_kit": "הערכה עצמה",
        "rate_delivery": "המשלוח והשירות",
        "rate_friend": "היית ממליץ לחבר?",
        "rate_low": "אכזב",
        "rate_high": "מעולה",
        "summary": "סיכום סקר",
        "band_low": "נמוך (גרוע)",
        "band_middling": "בינוני (בסדר)",
        "band_high": "גבוה (מצוין)",
        "ask_mailing": "איך הייתה הערכה?",
        "ask_subject": '{{ first_name | default: "שלום" }}, איך הייתה הערכה?',
        "ask_text": "עבר שבוע מאז שהערכה הגיעה. שלוש שאלות קצרות, ואנחנו קוראים כל תשובה.",
        "ask_button": "לשלוש השאלות",
        "reply": "מענה לסקר שביעות רצון",
        "poll": "מה כדאי שנכין לחורף?",
        "poll_bike": "ערכת אופנוע",
        "poll_scent": "בושם לרכב",
        "poll_brush": "מברשת חישוקים",
        "poll_wipes": "מגבוני תא מטען",
    },
)

ENGLISH = Story(
    slug="glow",
    name="Foam & Glow",
    language="en",
    owner_email="owner@glow.example.test",
    owner_name="Maya",
    postal_address="12 Foam Street, Holon",
    phone="050-000-9100",
    men=tuple(
        "Uri Yoav Gil Itay Omer Daniel Roy Alon Ido Nadav Tomer Jonathan Asaf Lior Guy Eyal Matan Nir Ariel Amit".split()
    ),
    women=tuple(
        "Maya Noa Dana Tamar Shira Yael Michal Roni Hila Inbal Abigail Keren Galit Neta Sivan Orly Adi Rotem Hadar".split()
    ),
    initials="ABCDEGHKLMNPRST",
    packages=_packages("Paint Armour", "Quick Shine", "Family in Motion", "Inside Like New", "Car Reset", "Smart Wash"),
    fields={
        "car": ("Type of car", ("Small", "Family", "Off-road", "Commercial")),
        "often": ("How often they clean", ("Every week", "Once a month", "When there is no choice")),
        "matters": ("What matters most", ("Shine", "A clean inside", "Protecting the paint", "Being done fast")),
        "kit": ("The kit we matched", ()),
    },
    words={
        "newsletter": "Newsletter",
        "customers": "Customers",
        "refill": "Refill subscription",
        "family": "Family car",
        "called": "Call",
        "consent": "You may send me mails from Foam & Glow. I can stop them at any moment.",
        "kit_page": "Which kit will do your car good?",
        "kit_heading": "Which kit will do your car good?",
        "kit_text": "Three short questions, and we match a cleaning kit to your car and your time. Delivered home, no strings attached.",
        "kit_button": "Get the recommendation",
        "kit_thanks": 'Thank you {{ first_name | default: "friend" }}, it is on its way',
        "kit_thanks_text": "Within the hour you get a mail with the kit we matched, and why it is the one.",
        "share_page": "Give a friend a clean car",
        "share_known": 'Hi {{ first_name | default: "friends" }}, is there someone whose parking spot cries for help? One WhatsApp from you and '
        "they get 15% off, and so do you.",
        "share_text": "I found something for the car, worth a look:",
        "share_label": "Send to a friend on WhatsApp",
        "share_stranger": "Nice to meet you! Someone who cares about you thought you would enjoy a clean car. Name, e-mail and mobile, and the "
        "discount is yours.",
        "share_button": "Get 15% off",
        "share_thanks": "The discount is yours",
        "share_thanks_text": "The code is on its way by mail. And if you too have a friend with a dusty car, it is your turn.",
        "share_description": "15% off a car-cleaning kit, delivered home",
        "car_alt": "A yellow car in foam",
        "early_mailing": "Five minutes before winter",
        "early_subject": '{{ first_name | default: "Hello" }}, five minutes before winter reaches your car',
        "early_text": "Three small checks that save a winter: the wipers, the rubber of the doors, and one protective layer before the first rain.",
        "early_button": "Choose a winter kit",
        "share_mailing": "Your car already glows. Whose is next?",
        "share_subject": "Your car already glows. Whose is next?",
        "share_preheader": "One friend, 15% for both of you",
        "mail_hello": 'Hi {{ first_name | default: "friends" }},',
        "mail_known": "Surely there is a car near home that cries for help. One WhatsApp, and your friend gets 15% off the first kit. So do you.",
        "mail_share": "Send to a friend",
        "mail_all": "All the kits",
        "draft_mailing": "The motorbike kit: on its way",
        "draft_text": "You asked for a motorbike kit. Two more weeks and it is here.",
        "happy": "Bring friends",
        "family_segment": "Family car, bought in the last half year",
        "sleepy": "Got a mail and did not open it",
        "sale_funnel": "From the page to a purchase",
        "share_funnel": "A friend brings a friend",
        "stage_seen": "Visited the page",
        "stage_read": "Stayed to read",
        "stage_lead": "Left details",
        "stage_bought": "Bought",
        "stage_again": "Bought again",
        "imported": "Import of old customers",
        "satisfaction": "Satisfaction survey",
        "rate_kit": "The kit itself",
        "rate_delivery": "Delivery and service",
        "rate_friend": "Would you recommend us to a friend?",
        "rate_low": "Disappointing",
        "rate_high": "Excellent",
        "summary": "Survey summary",
        "band_low": "Low (bad)",
        "band_middling": "Middling (fine)",
        "band_high": "High (excellent)",
        "ask_mailing": "How was the kit?",
        "ask_subject": '{{ first_name | default: "Hello" }}, how was the kit?',
        "ask_text": "It is a week since the kit arrived. Three short questions, and we read every answer.",
        "ask_button": "To the three questions",
        "reply": "Reply to the satisfaction survey",
        "poll": "What should we prepare for the winter?",
        "poll_bike": "Motorbike kit",
        "poll_scent": "Car scent",
        "poll_brush": "Rim brush",
        "poll_wipes": "Boot wipes",
    },
    figures=Figures().times(0.2),
)

STORIES = (HEBREW, ENGLISH)
