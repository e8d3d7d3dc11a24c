"""What titles of columns mean, in Hebrew and English, as businesses and other systems write them."""

from __future__ import annotations

import re
import unicodedata

# Target of a plan -> titles. A key of a starter field stands for the field of that key.
SYNONYMS: dict[str, str] = {
    "email": """
        email, e mail, email address, mail, e mail address, primary email, e mail 1 value, work email, contact
        email, אימייל, אי מייל, מייל, דואל, דואר אלקטרוני, כתובת מייל, כתובת אימייל, כתובת דואל, כתובת דואר
        אלקטרוני, דוא ל
    """,
    "phone": """
        phone, mobile, cell, cellphone, cell phone, mobile phone, mobile phone number, phone number, telephone, tel,
        whatsapp, whatsapp number, phone 1 value, sms phone, sms phone number, נייד, טלפון, טל, טלפון נייד, מספר
        טלפון, מספר נייד, סלולרי, טלפון סלולרי, סלולר, פלאפון, פלא פון, ווטסאפ, וואטסאפ, מספר וואטסאפ, טלפון 1
    """,
    "first_name": "first name, fname, firstname, given name, forename, שם פרטי, פרטי",
    "last_name": "last name, lname, lastname, surname, family name, שם משפחה, משפחה",
    "full_name": """
        name, full name, fullname, contact name, contact, customer, customer name, client name, שם, שם מלא, שם
        הלקוח, שם לקוח, לקוח, לקוחה, איש קשר, שם איש קשר, שם ושם משפחה, שם פרטי ומשפחה
    """,
    "source": """
        source, lead source, original source, join source, joinsource, campaign source, מקור, מקור הגעה, מקור הליד,
        איך הגיעו, איך שמעת עלינו
    """,
    "tags": "tags, tag, labels, label, group membership, תגיות, תגית, תוויות, תווית",
    "lists": """
        lists, list, list name, groups, segments, רשימות, רשימה, רשימת תפוצה, רשימות תפוצה, קבוצות, קבוצה
    """,
    "created_at": """
        created at, created, create date, date added, signup date, date created, joined, timestamp signup, optin
        time, תאריך הצטרפות, תאריך יצירה, נוצר, נוצר בתאריך, תאריך הרשמה, הצטרף בתאריך, תאריך קליטה
    """,
    "consent": """
        consent, subscribed, subscription status, email marketing, email status, opt in, optin, opted in, accepts
        marketing, accepts email marketing, newsletter, can receive emails, canreceiveemails, marketing permissions,
        status of subscription, הסכמה, אישור דיוור, דיוור, הסכמה לדיוור, מאשר דיוור, מאשרת דיוור, מאושר לדיוור,
        אישור קבלת דיוור, אישור דיוור במייל, יכול לקבל מיילים, הסכמה לקבלת דיוור, סטטוס דיוור
    """,
    "left": "unsubscribed, unsubscribe, opted out, opt out, optout, unsubscribed at, הוסרו, הוסר, הוסר מדיוור, הסרה, ביקש הסרה",
    "consent_at": """
        confirm time, consent date, opt in date, optin date, consented at, תאריך הסכמה, תאריך אישור דיוור, מועד
        הסכמה
    """,
    "birth_date": "birth date, birthday, birthdate, date of birth, dateofbirth, dob, תאריך לידה, יום הולדת, לידה",
    "gender": "gender, sex, מגדר, מין",
    "area": "area, region, אזור, איזור, אזור מגורים",
    "education": "education, השכלה",
    "hobbies": "hobbies, interests, תחביבים, תחומי עניין",
    "status": "status, lead status, סטטוס, מצב, סטטוס ליד",
}
STARTERS = ("birth_date", "gender", "area", "education", "hobbies", "status")


def plain(title: str) -> str:
    """ "E-mail_Address:" and "דוא״ל" -> "e mail address" and "דואל": letters and digits, one space between words."""
    text = unicodedata.normalize("NFKC", title).casefold()
    text = re.sub(r"(?<=[א-ת])[\"'״׳`´](?=[א-ת])", "", text)
    return " ".join(re.sub(r"[^\w]|_", " ", text).split())


MEANINGS = {
    plain(title): target
    for target, titles in SYNONYMS.items()
    for title in titles.replace("\n", " ").split(",")
    if title.strip()
}


def meaning(title: str) -> str:
    """A target, a key of a starter field, or "". "מייל (2)" and "Phone 2" mean what they mean without the number."""
    words = plain(title)
    return MEANINGS.get(words) or MEANINGS.get(re.sub(r" ?\d+$", "", words), "")
