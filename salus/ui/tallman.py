"""Tall-man letters for names that are confused with one another.

Source: the FDA and ISMP lists of look-alike drug names with recommended tall man letters (ISMP, January 2023 edition),
generic names only. Names that are not on the list stay in lower case.
"""

_NAMES = (
    "acetaZOLAMIDE acetoHEXAMIDE ALPRAZolam LORazepam clonazePAM cloNIDine cloZAPine "
    "amLODIPine aMILoride ARIPiprazole RABEprazole azaCITIDine azaTHIOprine buPROPion busPIRone "
    "carBAMazepine OXcarbazepine CARBOplatin CISplatin ceFAZolin cefoTEtan cefOXitin cefTAZidime cefTRIAXone "
    "chlordiazePOXIDE chlorproMAZINE chlorproPAMIDE clomiPHENE clomiPRAMINE cycloSERINE cycloSPORINE "
    "DACTINomycin DAPTOmycin DAUNOrubicin DOXOrubicin IDArubicin diazePAM dilTIAZem dimenhyDRINATE diphenhydrAMINE "
    "DOBUTamine DOPamine DOCEtaxel PACLitaxel DULoxetine FLUoxetine PARoxetine ePHEDrine EPINEPHrine "
    "fentaNYL SUFentanil flavoxATE fluPHENAZine fluvoxaMINE glipiZIDE glyBURIDE guaiFENesin guanFACINE "
    "HYDROcodone oxyCODONE hydrALAZINE hydroCHLOROthiazide hydrOXYzine HYDROmorphone inFLIXimab riTUXimab ISOtretinoin "
    "tretinoin lamiVUDine lamoTRIgine levETIRAcetam levOCARNitine levoFLOXacin "
    "medroxyPROGESTERone methylPREDNISolone methylTESTOSTERone metFORMIN metroNIDAZOLE  "
    "miFEPRIStone miSOPROStol mitoXANTRONE niCARdipine NIFEdipine niMODipine OLANZapine QUEtiapine "
    "PENTobarbital PHENobarbital penicillAMINE prednisoLONE predniSONE quiNIDine quiNINE rifAMPin rifAXIMin "
    "risperiDONE rOPINIRole SAXagliptin SITagliptin sulfADIAZINE sulfaSALAzine SUMAtriptan ZOLMitriptan "
    "tiaGABine tiZANidine TOLAZamide TOLBUTamide traMADol traZODone valACYclovir valGANciclovir vinBLAStine vinCRIStine "
).split()

_TALL = {name.casefold(): name for name in _NAMES}


def tall_man(name: str) -> str:
    """The generic name as a medicine line shows it: lower case, capitals only where they keep two names apart."""
    return " ".join(_TALL.get(word.casefold(), word.lower()) for word in name.split(" "))
