"""Tall-man letters for names that are confused with one another; every other name stays in lower case.

Only names that were read in a public copy of the lists stand here; the lists' later additions (ISMP 2016 and 2023) could not be
opened and are left out.
"""

# FDA, names with recommended tall-man letters: www.ismp.org/recommendations/tall-man-letters-list, table 1 (2023, as far as
# "hydrALAZINE"), and the whole in www.nursingcenter.com/library/JournalArticle.asp?Article_ID=840580; both opened 2026-11-28
_FDA = """
    acetaZOLAMIDE acetoHEXAMIDE buPROPion busPIRone chlorproMAZINE chlorproPAMIDE clomiPHENE clomiPRAMINE
    cycloSERINE cycloSPORINE DAUNOrubicin DOXOrubicin dimenhyDRINATE diphenhydrAMINE DOBUTamine DOPamine
    glipiZIDE glyBURIDE hydrALAZINE hydrOXYzine medroxyPROGESTERone methylPREDNISolone methylTESTOSTERone
    niCARdipine NIFEdipine prednisoLONE predniSONE sulfADIAZINE TOLAZamide TOLBUTamide vinBLAStine vinCRIStine
"""
# ISMP, additional names, as on the sheet of 2010: ar.scribd.com/document/293889102/Appendix-2-Tallman, and the journal above (the
# hydrocodone, oxycodone and idarubicin of it); opened 2026-11-28
_ISMP = """
    ALPRAZolam aMILoride amLODIPine azaCITIDine azaTHIOprine carBAMazepine CARBOplatin ceFAZolin cefTRIAXone
    chlordiazePOXIDE CISplatin clonazePAM cloNIDine DACTINomycin DAPTOmycin DULoxetine ePHEDrine EPINEPHrine
    fentaNYL FLUoxetine guaiFENesin guanFACINE HYDROcodone HYDROmorphone IDArubicin inFLIXimab LORazepam
    metFORMIN metroNIDAZOLE niMODipine OLANZapine OXcarbazepine oxyCODONE PARoxetine PENTobarbital
    PHENobarbital QUEtiapine quiNIDine quiNINE riTUXimab SUFentanil
"""
# RxNorm, normalized names of the concepts 1860480 and 583214, as they stand in imported records
_RXNORM = "DOCEtaxel PACLitaxel"

_TALL = {name.casefold(): name for name in f"{_FDA} {_ISMP} {_RXNORM}".split()}


def tall_man(name: str) -> str:
    """The generic name as a medicine line shows it: lower case, capitals only where they keep two names apart."""
    return " ".join(_TALL.get(word.casefold(), word.lower()) for word in name.split(" "))
