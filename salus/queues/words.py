"""What a wall says, in the languages of those who wait before it: a screen for the public has no language of a person."""

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
    direction: str = "ltr"


LANGUAGES: dict[str, Wall] = {
    "en": Wall(
        "English", "Now calling", "Number", "Please go to", "Waiting", "Please wait until your number is called.",
        "This screen has lost its connection. Please ask at the desk.",
    ),
    "es": Wall(
        "Español", "Llamando", "Número", "Diríjase a", "En espera", "Espere a que llamen su número, por favor.",
        "Esta pantalla ha perdido la conexión. Pregunte en el mostrador, por favor.",
    ),
    "fr": Wall(
        "Français", "Appel en cours", "Numéro", "Rendez-vous à", "En attente", "Veuillez attendre l’appel de votre numéro.",
        "Cet écran a perdu la connexion. Veuillez vous adresser à l’accueil.",
    ),
    "de": Wall(
        "Deutsch", "Aufgerufen", "Nummer", "Bitte zu", "Wartend", "Bitte warten Sie, bis Ihre Nummer aufgerufen wird.",
        "Dieser Bildschirm hat die Verbindung verloren. Bitte fragen Sie an der Anmeldung.",
    ),
    "pt": Wall(
        "Português", "Chamando", "Número", "Dirija-se a", "Em espera", "Aguarde até que o seu número seja chamado.",
        "Este ecrã perdeu a ligação. Pergunte no balcão, por favor.",
    ),
    "ar": Wall(
        "العربية", "النداء الآن", "الرقم", "يرجى التوجه إلى", "في الانتظار", "يرجى الانتظار حتى يُنادى رقمكم.",
        "انقطع اتصال هذه الشاشة. يرجى السؤال في الاستقبال.", "rtl",
    ),
}  # fmt: skip
