"""What a short yes looks like, for `accepted_offer` in rulesets that list no `offers: {yes: ...}` of their own."""

from __future__ import annotations

__all__ = ["YES"]

# Whole messages in the phrase language; a longer answer says more than yes, and the rules judge it like any other.
YES = (
    # English
    "(yes|yeah|yep|yup|ya|sure|ok|okay|k) (please|pls|plz|thanks|thank you)?",
    "(please|pls|plz) (do)?",
    "(yes)? (of course|go ahead|go for it|do it|sounds good|that would be (great|good|nice))",
    "(yes)? i would (like that|love that)?",
    "yes (i would|i do|i want that|that works|connect me|please do)",
    # Spanish
    "(si|sip|claro|vale|dale|ok|bueno|perfecto) (por favor|porfa|porfavor|xfa|gracias)?",
    "(por favor|porfa|claro que si|de acuerdo|esta bien|si (quiero|claro|por supuesto)|por supuesto)",
    # Portuguese
    "(sim|claro|pode ser|pode|isso|beleza|blz|ok|quero) (por favor|pfv|obrigado|obrigada)?",
    # French
    "(oui|ouais|ok|d'accord|volontiers|avec plaisir|bien sur) (s'il vous plait|s'il te plait|svp|stp|merci)?",
    "(je veux bien|oui je veux bien|allez y|vas y)",
    # German
    "(ja|jo|jap|klar|gern|gerne|ok|okay) (bitte|gern|gerne|danke)?",
    "(bitte|ja das waere (gut|toll|nett|super)|mach das|machen sie das|sehr gerne)",
    # Italian
    "(si|certo|certamente|va bene|va benissimo|ok|okay|dai|magari|volentieri|perfetto|d'accordo|assolutamente) (grazie|"
    "grazie mille|per favore|perfavore|per piacere|per cortesia|pf|prego|dai|volentieri|subito)?",
    "(si|ok)? (certo|certo che si|molto volentieri|con piacere|sarebbe (bello|meglio|perfetto|ottimo|utile|gentile))",
    "si (vorrei|lo vorrei|voglio|lo voglio|mi piacerebbe|mi farebbe piacere|va bene|passami|passamelo|mi passi|dai)",
    # Arabic
    "(نعم|اي|ايوه|اكيد|تمام|اوكي) (من فضلك|لو سمحت|شكرا)?",
    # Hindi, in Devanagari and in Latin letters
    "(हाँ|हां|जी|जी हाँ|ठीक है) (जी|कृपया|प्लीज|प्लीज़)?",
    "(haan|han|ha|ji|haanji|theek hai|thik hai) (ji|please|pls)?",
)
