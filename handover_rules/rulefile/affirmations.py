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
    "(نعم|اي|اه|ايه|ايوا|ايوه|ايوة|اكيد|طبعا|تمام|اوكي|اوك|طيب|ماشي|موافق|موافقة|واخا|باهي|يلا|صح|زين) "
    "(من فضلك|لو سمحت|لو سمحتي|لو سمحتوا|شكرا|يا ريت|ياريت|ياليت|اكيد|تمام|الله يخليك|عافاك|بليز|طبعا)?",
    "(يا ريت|ياريت|يا ليت|ياليت|من فضلك|لو سمحت|بكل سرور|على راسي|ان شاء الله)",
    "(نعم|ايوه|اي|اه|ايوا|تمام|طيب)? (حولني|حولوني|اريد|اريد ذلك|ابي|ابغى|بدي|عايز|عاوز|ارجوك) (لو سمحت|من فضلك)?",
    "(aywa|aiwa|aywa|eywa|ah|na3am|naam|akid|tamam|mashi|wakha) (law sama7t|lw sm7t|ya ret|please|plz|pls|shokran)?",
    # Hindi, in Devanagari and in Latin letters
    "(हाँ|हां|हा|जी|जी हाँ|जी हां|हाँ जी|हां जी|ठीक है|ठीक|बिल्कुल|बिलकुल|ज़रूर|जरूर|अच्छा|चलेगा|ओके) "
    "(जी|कृपया|प्लीज|प्लीज़|धन्यवाद|बिल्कुल|ज़रूर|जरूर|भाई|सर)?",
    "(हाँ|हां|जी|जी हाँ)? (कर दो|करा दो|करवा दो|कर दीजिए|करवा दीजिए|करा दीजिए|चाहिए|करवाओ|कराओ|बुलाओ) (जी|प्लीज)?",
    "(haan|han|haa|ha|hanji|haanji|ji|theek hai|thik hai|theek h|thik h|thik|bilkul|bilkool|zaroor|jarur|zarur|jaroor|"
    "accha|acha|chalega|haan ji|han ji|ji haan|ji han|ok|haan haan|sahi hai) "
    "(ji|please|pls|plz|bhai|sir|yaar|dhanyavad|thanks|bilkul|zaroor|jarur)?",
    "(haan|han|ha|ji|ok|haan ji)? (kar do|kara do|karwa do|kardo|karado|karwado|kar dijiye|karwa dijiye|kara dijiye|"
    "chahiye|karwao|karao|kro|karo|bulao|connect karo|connect kar do) (please|pls|plz|ji|bhai|na)?",
)
