"""People in their browsers, and everything that only looks at links for them."""

from __future__ import annotations

import pytest

from crm.visitors.robots import device, verdict

SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
ANDROID = "Mozilla/5.0 (Linux; Android 13; SM-A536E) AppleWebKit/537.36 (KHTML, like Gecko)"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"

PEOPLE = [
    f"{SAFARI} Version/17.1 Mobile/15E148 Safari/604.1",
    f"{SAFARI} Mobile/21B74",  # a plain view inside an app: WhatsApp on iPhone
    f"{SAFARI} CriOS/119.0.6045.109 Mobile/15E148 Safari/604.1",
    f"{SAFARI} GSA/277.0.555192628 Mobile/15E148 Safari/604.1",
    f"{SAFARI} Mobile/21B74 [FBAN/FBIOS;FBAV/440.0.0.32.113;FBBV/535150553]",
    f"{SAFARI} Mobile/21B74 Instagram 306.0.0.20.118 (iPhone14,5; iOS 17_1; he_IL; he; scale=3.00)",
    f"{SAFARI} Mobile/15E148 [LinkedInApp]/9.28.7586",
    f"{SAFARI} Version/16.6 Mobile/15E148 Snapchat/12.53.0.42 (like Safari/8615.3.12.10.2, panda)",
    f"{SAFARI} Mobile/15E148 Safari Line/13.17.0",
    f"{ANDROID} Chrome/119.0.0.0 Mobile Safari/537.36",
    f"{ANDROID[:-1]}; wv) Version/4.0 Chrome/119.0.6045.66 Mobile Safari/537.36 WhatsApp/2.23.24.76",
    f"{ANDROID} Version/4.0 Chrome/119.0.6045.66 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/439.0.0.44.117;]",
    f"{ANDROID} SamsungBrowser/23.0 Chrome/115.0.0.0 Mobile Safari/537.36",
    f"{ANDROID} Chrome/119.0.6045.66 Mobile Safari/537.36 Viber/21.3.0.5",
    f"{ANDROID} Chrome/119.0.6045.66 Mobile Safari/537.36 Telegram-Android/10.2.9 (Samsung SM-A536E; Android 13; SDK 33)",
    "Mozilla/5.0 (Linux; Android 9; CUBOT_X18_Plus) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/87.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 12; SPIDER X1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/101.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Android 13; Mobile; rv:109.0) Gecko/119.0 Firefox/119.0",
    "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148",
    f"{WINDOWS} Chrome/119.0.0.0 Safari/537.36 Edg/119.0.2151.58",
    f"{WINDOWS} Chrome/119.0.0.0 Safari/537.36 OPR/105.0.0.0",
    f"{WINDOWS} Chrome/119.0.0.0 Safari/537.36 Avast/119.0.23554.159",
    f"{MAC} Version/17.1 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0",
]
ROBOTS = [
    "WhatsApp/2.23.20.0",
    "WhatsApp/2.23.20.0 A",
    "WhatsApp/2.2336.7 W",
    "WhatsApp/2",  # Signal previews links under this name
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    f"{MAC} Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",  # iMessage
    "meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Slack-ImgProxy (+https://api.slack.com/robots)",
    "TelegramBot (like TwitterBot)",
    "Twitterbot/1.0",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "Viber/13.3.0.2 CFNetwork/1121.2.2 Darwin/19.3.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko; Google-PageRenderer Google) Chrome/56.0 Safari/537",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/534+ (KHTML, like Gecko) BingPreview/1.0b",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (Linux; Android 6.0.1) AppleWebKit/537.36 Chrome/119 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://x)",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 8_3 like Mac OS X) Mobile/12F70 (compatible; Applebot/0.1; +http://www.apple.com)",
    "Mozilla/5.0 (compatible; Pinterestbot/1.0; +http://www.pinterest.com/bot.html)",
    "Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
    "Microsoft Office Existence Discovery",
    "Mozilla/5.0 (Windows NT 10.0) Microsoft SafeLinks Scanner",
    "Barracuda Sentinel (EE)",
    "Mozilla/5.0 (compatible; Mimecast URL Protect)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/119.0.0.0 Safari/537.36",
    "Mozilla/5.0",  # Apple Mail fetches pictures for everybody under this name
    "curl/8.4.0",
    "python-requests/2.31.0",
    "Go-http-client/2.0",
    "okhttp/4.11.0",
    "",
]


@pytest.mark.parametrize("agent", PEOPLE)
def test_a_persons_browser_is_a_person(agent):
    assert verdict({"User-Agent": agent, "Accept-Language": "he-IL,he;q=0.9"})[0] == "human"


@pytest.mark.parametrize("agent", ROBOTS)
def test_what_opens_links_before_people_is_a_robot_with_a_reason(agent):
    found, reason = verdict({"User-Agent": agent, "Accept-Language": "en"})
    assert (found, bool(reason)) == ("robot", True)


@pytest.mark.parametrize("header", ["Purpose", "Sec-Purpose", "X-Moz", "X-Purpose"])
def test_a_page_fetched_ahead_of_need_is_not_a_visit(header):
    assert verdict({"User-Agent": PEOPLE[0], "Accept-Language": "he", header: "prefetch;prerender"})[0] == "robot"


def test_a_head_request_is_a_robots():
    assert verdict({"User-Agent": PEOPLE[0], "Accept-Language": "he"}, method="HEAD") == ("robot", "head request")


def test_a_browser_that_names_no_language_is_not_known():
    assert verdict({"User-Agent": PEOPLE[0]}) == ("unknown", "no language")


def test_pictures_fetched_when_a_person_opens_a_mail_are_that_persons():
    gmail = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
    outlook = (
        "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Microsoft Outlook 16.0.17126; ms-office; MSOffice 16)"
    )
    assert verdict({"User-Agent": gmail})[0] == verdict({"User-Agent": outlook})[0] == "human"


def test_phones_tablets_and_desktops_are_told_apart():
    assert [device({"User-Agent": agent}) for agent in (PEOPLE[0], PEOPLE[18], PEOPLE[-1], "")] == [
        "phone",
        "tablet",
        "desktop",
        "",
    ]
