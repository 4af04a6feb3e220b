"""What a wall and a kiosk say, in the languages of those who stand before them: a screen for the public has no language of a
person."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wall:
    """The few words of a wall in one language, and how it is written."""

    name: str
    calling: str
    number: str
    go_to: str
    waiting: str
    please: str
    lost: str
    #: above the minutes of those who wait
    about: str
    #: the unit, behind the number
    minutes: str = "min"
    direction: str = "ltr"


LANGUAGES: dict[str, Wall] = {
    "en": Wall(
        "English", "Now calling", "Number", "Please go to", "Waiting", "Please wait until your number is called.",
        "This screen has lost its connection. Please ask at the desk.", "About how long still",
    ),
    "es": Wall(
        "Español", "Llamando", "Número", "Diríjase a", "En espera", "Espere a que llamen su número, por favor.",
        "Esta pantalla ha perdido la conexión. Pregunte en el mostrador, por favor.", "Espera aproximada",
    ),
    "fr": Wall(
        "Français", "Appel en cours", "Numéro", "Rendez-vous à", "En attente", "Veuillez attendre l’appel de votre numéro.",
        "Cet écran a perdu la connexion. Veuillez vous adresser à l’accueil.", "Attente approximative",
    ),
    "de": Wall(
        "Deutsch", "Aufgerufen", "Nummer", "Bitte zu", "Wartend", "Bitte warten Sie, bis Ihre Nummer aufgerufen wird.",
        "Dieser Bildschirm hat die Verbindung verloren. Bitte fragen Sie an der Anmeldung.", "Ungefähre Wartezeit",
    ),
    "pt": Wall(
        "Português", "Chamando", "Número", "Dirija-se a", "Em espera", "Aguarde até que o seu número seja chamado.",
        "Este ecrã perdeu a ligação. Pergunte no balcão, por favor.", "Espera aproximada",
    ),
    "ar": Wall(
        "العربية", "النداء الآن", "الرقم", "يرجى التوجه إلى", "في الانتظار", "يرجى الانتظار حتى يُنادى رقمكم.",
        "انقطع اتصال هذه الشاشة. يرجى السؤال في الاستقبال.", "مدة الانتظار التقريبية", "دقيقة", "rtl",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kiosk:
    """The words of a kiosk in one language."""

    title: str
    how: str
    code: str
    birth_date: str
    check: str
    failed: str
    ask: str
    again: str
    done: str
    number: str
    wait: str
    seat: str
    ready: str


KIOSK: dict[str, Kiosk] = {
    "en": Kiosk(
        "Check in", "Hold the code of your appointment before the reader, or type it. Then type your date of birth.",
        "Code of the appointment", "Date of birth", "Please look at this again.", "This did not work.",
        "Please ask at the desk.", "Begin again", "You are checked in", "Your number",
        "Please wait until your number is called.", "Please take a seat. You will be called.", "Ready",
    ),
    "es": Kiosk(
        "Registrar la llegada",
        "Acerque el código de su cita al lector o escríbalo. Después escriba su fecha de nacimiento.",
        "Código de la cita", "Fecha de nacimiento", "Revise este dato, por favor.", "No ha funcionado.",
        "Pregunte en el mostrador, por favor.", "Empezar de nuevo", "Su llegada está registrada", "Su número",
        "Espere a que llamen su número, por favor.", "Tome asiento, por favor. Le llamaremos.", "Listo",
    ),
    "fr": Kiosk(
        "S’enregistrer",
        "Présentez le code de votre rendez-vous au lecteur ou saisissez-le. Saisissez ensuite votre date de naissance.",
        "Code du rendez-vous", "Date de naissance", "Veuillez vérifier cette donnée.", "Cela n’a pas fonctionné.",
        "Veuillez vous adresser à l’accueil.", "Recommencer", "Vous êtes enregistré", "Votre numéro",
        "Veuillez attendre l’appel de votre numéro.", "Veuillez vous asseoir. Vous serez appelé.", "Terminé",
    ),
    "de": Kiosk(
        "Anmelden",
        "Halten Sie den Code Ihres Termins vor das Lesegerät oder geben Sie ihn ein. Geben Sie dann Ihr Geburtsdatum ein.",
        "Code des Termins", "Geburtsdatum", "Bitte prüfen Sie diese Angabe.", "Das hat nicht geklappt.",
        "Bitte fragen Sie an der Anmeldung.", "Von vorn beginnen", "Sie sind angemeldet", "Ihre Nummer",
        "Bitte warten Sie, bis Ihre Nummer aufgerufen wird.", "Bitte nehmen Sie Platz. Sie werden aufgerufen.", "Fertig",
    ),
    "pt": Kiosk(
        "Registar a chegada",
        "Aproxime do leitor o código da sua consulta ou escreva-o. Depois escreva a sua data de nascimento.",
        "Código da consulta", "Data de nascimento", "Verifique este dado, por favor.", "Não funcionou.",
        "Pergunte no balcão, por favor.", "Começar de novo", "A sua chegada está registada", "O seu número",
        "Aguarde até que o seu número seja chamado.", "Sente-se, por favor. Será chamado.", "Pronto",
    ),
    "ar": Kiosk(
        "تسجيل الوصول", "ضعوا رمز الموعد أمام القارئ أو اكتبوه، ثم اكتبوا تاريخ الميلاد.",
        "رمز الموعد", "تاريخ الميلاد", "يرجى التحقق من هذه المعلومة.", "لم ينجح ذلك.",
        "يرجى السؤال في الاستقبال.", "البدء من جديد", "تم تسجيل وصولكم", "رقمكم",
        "يرجى الانتظار حتى يُنادى رقمكم.", "تفضلوا بالجلوس، سيُنادى عليكم.", "تم",
    ),
}  # fmt: skip


def spoken(code: str) -> str:
    """The language of a kiosk: the one that was chosen, or English."""
    return code if code in KIOSK else "en"
