"""A pharmacist's examination of what ships: dangerous prescriptions are caught loudly enough, everyday ones interrupt nobody.

The table was written from general pharmacological knowledge, not from the data; where a source was opened it stands in the data.
A line is: who it is for | what is taken already | what is ordered | how loudly the loudest finding speaks at least.
"""

import re
from datetime import date
from decimal import Decimal
from functools import cache

import pytest

from salus.core.ids import SYSTEM, uuid7
from salus.orders.sockets import TIERS, Proposed
from salus.safety.definitions import read_shipped
from salus.safety.rules.allergies import KnownAllergy
from salus.safety.rules.findings import Finding
from salus.safety.rules.judging import Case, judge
from salus.safety.rules.knowledge import Knowledge, statement_of
from salus.safety.rules.people import Person, Problem, Seen
from salus.safety.tests.builders import _id
from salus.terminology.formulary import MedicineDefinition, PresentationDefinition, read_formulary

TODAY = date(2026, 11, 29)
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
ROUTES = {
    "po": "oral",
    "iv": "intravenous",
    "im": "intramuscular",
    "sc": "subcutaneous",
    "sl": "sublingual",
    "eye": "ophthalmic",
    "skin": "cutaneous",
    "inh": "inhalation",
    "td": "transdermal",
    "infil": "infiltration",
    "ear": "otic",
    "nose": "nasal",
    "pv": "vaginal",
    "pr": "rectal",
    "iu": "intrauterine",
}
#: `enoxaparin 80 mg sc 2/d`: what, how much, into what, how often (nothing: once)
_ORDER = re.compile(r"(?P<code>\S+) (?P<dose>[\d.]+) (?P<unit>\S+) (?P<route>\w+)(?: (?P<times>\d+)/(?P<period>\w+))?")

DANGEROUS = """
# two medicines
F70 | warfarin 3 mg po 1/d | co-trimoxazole 1 tablet po 2/d | interrupt
F70 | warfarin 3 mg po 1/d | metronidazole 500 mg po 3/d | interrupt
F70 | warfarin 3 mg po 1/d | fluconazole 200 mg po 1/d | interrupt
F70 | warfarin 3 mg po 1/d | ibuprofen 400 mg po 3/d | interrupt
F70 | warfarin 3 mg po 1/d | rifampicin 600 mg po 1/d | interrupt
F70 | warfarin 3 mg po 1/d | capecitabine 1500 mg po 2/d | interrupt
F70 | warfarin 3 mg po 1/d | rivaroxaban 20 mg po 1/d | interrupt
F70 | apixaban 5 mg po 2/d | enoxaparin 40 mg sc 1/d | interrupt
F70 70kg | enoxaparin 70 mg sc 2/d | heparin 5000 [iU] iv | interrupt
F70 | apixaban 5 mg po 2/d | rifampicin 600 mg po 1/d | interrupt
F70 | rivaroxaban 20 mg po 1/d | carbamazepine 200 mg po 2/d | interrupt
F70 egfr80 | dabigatran 150 mg po 2/d | rifampicin 600 mg po 1/d | interrupt
F70 egfr80 | dabigatran 150 mg po 2/d | ketoconazole 200 mg po 1/d | stop
F70 | rivaroxaban 20 mg po 1/d | diclofenac 50 mg po 3/d | interrupt
M60 | simvastatin 40 mg po 1/d | clarithromycin 500 mg po 2/d | stop
M60 | atorvastatin 40 mg po 1/d | fusidic-acid 500 mg po 3/d | stop
M60 | colchicine 0.5 mg po 2/d | clarithromycin 500 mg po 2/d | interrupt
M60 | colchicine 0.5 mg po 2/d | ciclosporin 100 mg po 2/d | interrupt
M60 | azathioprine 100 mg po 1/d | allopurinol 300 mg po 1/d | interrupt
M60 | mercaptopurine 50 mg po 1/d | allopurinol 300 mg po 1/d | interrupt
M60 80kg | valproate 500 mg po 2/d | meropenem 1 g iv 3/d | interrupt
M60 | methotrexate 15 mg po 1/wk | co-trimoxazole 1 tablet po 2/d | interrupt
M60 | methotrexate 15 mg po 1/wk | trimethoprim 200 mg po 2/d | interrupt
M60 | theophylline 200 mg po 2/d | ciprofloxacin 500 mg po 2/d | interrupt
M60 | theophylline 200 mg po 2/d | fluvoxamine 50 mg po 2/d | interrupt
M60 80kg | theophylline 200 mg po 2/d | aminophylline 250 mg iv | interrupt
M40 | tizanidine 4 mg po 3/d | ciprofloxacin 500 mg po 2/d | stop
M60 | glyceryl-trinitrate 0.5 mg sl | sildenafil 50 mg po | stop
F40 | sertraline 50 mg po 1/d | linezolid 600 mg po 2/d | stop
F40 | venlafaxine 75 mg po 2/d | linezolid 600 mg po 2/d | interrupt
F40 | citalopram 20 mg po 1/d | linezolid 600 mg po 2/d | interrupt
F40 | moclobemide 150 mg po 2/d | fluoxetine 20 mg po 1/d | stop
F40 | moclobemide 150 mg po 2/d | pethidine 50 mg im | interrupt
F40 | phenelzine 15 mg po 3/d | pethidine 50 mg im | stop
F40 | tranylcypromine 10 mg po 2/d | tramadol 50 mg po 3/d | stop
F70 | digoxin 125 ug po 1/d | clarithromycin 500 mg po 2/d | interrupt
F70 | digoxin 125 ug po 1/d | amiodarone 200 mg po 3/d | interrupt
F40 | lithium 400 mg po 2/d | ibuprofen 400 mg po 3/d | interrupt
F40 | lithium 400 mg po 2/d | lisinopril 10 mg po 1/d | interrupt
F40 | lithium 400 mg po 2/d | hydrochlorothiazide 25 mg po 1/d | interrupt
F70 | spironolactone 25 mg po 1/d | potassium-chloride 600 mg po 3/d | interrupt
F70 | spironolactone 25 mg po 1/d | co-trimoxazole 1 tablet po 2/d | interrupt
F70 | ramipril 5 mg po 1/d | trimethoprim 200 mg po 2/d | interrupt
F70 | ramipril 5 mg po 1/d | sacubitril-valsartan 1 tablet po 2/d | stop
F70 | ramipril 5 mg po 1/d | candesartan 8 mg po 1/d | interrupt
F25 | levonorgestrel-ethinylestradiol 1 tablet po 1/d | carbamazepine 200 mg po 2/d | interrupt
F40 | ergotamine 1 tablet po | clarithromycin 500 mg po 2/d | stop
M50 | methadone 30 mg po 1/d | haloperidol 5 mg po 2/d | interrupt
M70 | amiodarone 200 mg po 1/d | levofloxacin 500 mg po 1/d | interrupt
M50 | morphine 10 mg po 4/d | midazolam 2 mg iv | interrupt
M50 | morphine 10 mg po 4/d | zopiclone 7.5 mg po 1/d | interrupt
M50 | naltrexone 50 mg po 1/d | morphine 10 mg po 4/d | stop
M70 | bisoprolol 5 mg po 1/d | verapamil 80 mg po 3/d | interrupt
M50 | ibuprofen 400 mg po 3/d | ketorolac 10 mg po 4/d | stop
M50 | ibuprofen 400 mg po 3/d | diclofenac 50 mg po 3/d | interrupt
M60 | gemfibrozil 600 mg po 2/d | repaglinide 1 mg po 3/d | stop
M40 | rilpivirine 25 mg po 1/d | omeprazole 20 mg po 1/d | stop
M60 | clopidogrel 75 mg po 1/d | omeprazole 20 mg po 1/d | interrupt
M60 | dofetilide 500 ug po 2/d | verapamil 80 mg po 3/d | stop
M60 80kg | voriconazole 200 mg po 2/d | carbamazepine 200 mg po 2/d | stop
M60 80kg | gentamicin 400 mg iv 1/d | furosemide 40 mg iv 2/d | interrupt
M60 | lamotrigine 100 mg po 2/d | valproate 500 mg po 2/d | interrupt
M60 | clozapine 100 mg po 2/d | fluvoxamine 50 mg po 2/d | interrupt
# doses
M50 70kg | paracetamol 1000 mg po 4/d | paracetamol 1000 mg iv 4/d | interrupt
B0 4kg | | paracetamol 150 mg iv 4/d | interrupt
B0 4kg | | paracetamol 600 mg iv 4/d | stop
F70 70kg | | enoxaparin 400 mg sc 1/d | interrupt
F70 70kg egfr20 | | enoxaparin 70 mg sc 2/d | interrupt
F60 60kg | | vincristine 4 mg iv | interrupt
F60 60kg C91.0 | | vincristine 2 mg iv 1/d | interrupt
M60 | | colchicine 1 mg po 6/d | interrupt
M60 | | digoxin 2500 ug po 1/d | interrupt
B0 8kg | | digoxin 250 ug po 2/d | interrupt
M60 | | midazolam 10 mg iv | interrupt
M60 | | morphine 100 mg po 6/d | interrupt
M60 | | morphine 100 mg iv | interrupt
M60 90kg | | insulin-soluble 100 [iU] sc 3/d | interrupt
M60 90kg | | heparin 50000 [iU] iv | interrupt
M60 80kg | | gentamicin 400 mg iv 3/d | interrupt
M60 | | phenytoin 300 mg po 4/d | interrupt
M60 | | theophylline 400 mg po 3/d | interrupt
M60 60kg | | aminophylline 1000 mg iv | interrupt
M60 | | tramadol 200 mg po 4/d | interrupt
M60 | | ketorolac 10 mg po 6/d | interrupt
M60 | | methotrexate 50 mg po 1/wk | interrupt
M60 egfr20 | | metformin 500 mg po 2/d | interrupt
M60 egfr25 | | dabigatran 150 mg po 2/d | interrupt
M60 egfr20 | | nitrofurantoin 100 mg po 2/d | interrupt
F60 50kg | | bupivacaine 140 mg infil | interrupt
F60 50kg | | lidocaine 300 mg infil | interrupt
M60 egfr8 | | amoxicillin 500 mg po 3/d | interrupt
B2 12kg | | ibuprofen 400 mg po 3/d | interrupt
B2 12kg | | amoxicillin 1000 mg po 3/d | interrupt
B2 12kg | | morphine 10 mg po 4/d | interrupt
M60 | | heparin 20000 [iU] iv | interrupt
M60 | | heparin 100000 [iU] iv | stop
M60 | | heparin 25000 [iU] sc 2/d | interrupt
B5 18kg | | heparin 5000 [iU] iv | interrupt
B5 18kg | | heparin 5000 [iU] sc 2/d | interrupt
M40 | | lithium 1200 mg po 2/d | interrupt
M60 egfr20 | | lithium 400 mg po 2/d | interrupt
F70 | | warfarin 12 mg po 1/d | interrupt
F70 | warfarin 6 mg po 1/d | warfarin 6 mg po 1/d | interrupt
F70 | | warfarin 100 mg po 1/d | stop
# ages
B6 20kg | | codeine 15 mg po 4/d | interrupt
B10 30kg | | tramadol 50 mg po 3/d | interrupt
B8 25kg | | aspirin 300 mg po 3/d | interrupt
B0 8kg | | metoclopramide 1 mg po 3/d | interrupt
B0 4kg | calcium-gluconate 100 mg iv | ceftriaxone 200 mg iv 1/d | interrupt
# allergies
M50 allergic:benzylpenicillin | | piperacillin-tazobactam 1 vial iv 3/d | stop
M50 allergic:amoxicillin | | cefalexin 500 mg po 4/d | interrupt
M50 allergic:ibuprofen | | ketorolac 10 mg po 4/d | stop
M50 allergic:acetylsalicylic-acid | | diclofenac 50 mg po 3/d | stop
M50 allergic:sulfamethoxazole | | co-trimoxazole 1 tablet po 2/d | stop
M50 allergic:heparin | | enoxaparin 40 mg sc 1/d | stop
# pregnancy and breast-feeding
F30 60kg Z34.01 | | valproate 500 mg po 2/d | interrupt
F30 Z34.01 | | isotretinoin 20 mg po 1/d | interrupt
F30 Z34.01 | | warfarin 3 mg po 1/d | interrupt
F30 Z34.01 | | methotrexate 15 mg po 1/wk | interrupt
F30 Z34.02 | | enalapril 10 mg po 1/d | interrupt
F30 Z34.01 | | misoprostol 200 ug po | interrupt
F30 Z34.03 | | ibuprofen 400 mg po 3/d | interrupt
F30 Z34.02 | | doxycycline 100 mg po 2/d | interrupt
F30 Z34.01 | | simvastatin 20 mg po 1/d | interrupt
F30 Z34.01 | | thalidomide 50 mg po 1/d | interrupt
F30 Z34.01 | | lithium 400 mg po 2/d | interrupt
F30 Z39.1 | | codeine 30 mg po 4/d | interrupt
F30 Z39.1 | | amiodarone 200 mg po 1/d | interrupt
# diseases
M50 J45.9 | | propranolol 40 mg po 2/d | interrupt
M50 J45.9 | | timolol-eye 1 drop eye 2/d | interrupt
M50 K25.4 | | diclofenac 50 mg po 3/d | interrupt
M70 I61.9 | | rivaroxaban 20 mg po 1/d | interrupt
M70 I61.9 | | enoxaparin 40 mg sc 1/d | interrupt
M70 I61.9 | | alteplase 50 mg iv | interrupt
M70 D75.82 | | heparin 5000 [iU] sc 2/d | interrupt
M70 E87.5 | | potassium-chloride 600 mg po 3/d | interrupt
M70 E87.5 | | suxamethonium 100 mg iv | interrupt
M40 T88.3XXA | | sevoflurane 2 mL inh | interrupt
M70 G20 | | metoclopramide 10 mg po 3/d | interrupt
M70 N18.5 | | methotrexate 10 mg po 1/wk | interrupt
M70 I50.2 | | verapamil 80 mg po 3/d | interrupt
M70 I25.1 | | sumatriptan 50 mg po | interrupt
F30 I26.9 | | levonorgestrel-ethinylestradiol 1 tablet po 1/d | interrupt
F30 I26.9 | | tranexamic-acid 1000 mg po 3/d | interrupt
M30 D55.0 | | primaquine 15 mg po 1/d | interrupt
M50 Z95.2 egfr80 | | dabigatran 150 mg po 2/d | interrupt
M50 K56.7 | | morphine 10 mg po 4/d | interrupt
# given where they are to work, and dangerous all the same
F70 | warfarin 3 mg po 1/d | miconazole 1 application po 4/d | interrupt
F70 | miconazole 1 application po 4/d | warfarin 3 mg po 1/d | interrupt
F70 | warfarin 3 mg po 1/d | methyl-salicylate 1 application skin 3/d | interrupt
F70 | warfarin 3 mg po 1/d | metronidazole-vaginal 1 application pv 1/d | interrupt
M60 | sildenafil 50 mg po | glyceryl-trinitrate-rectal 1 application pr 2/d | stop
M60 G93.2 | | glyceryl-trinitrate-rectal 1 application pr 2/d | interrupt
M70 I44.2 | | timolol-eye 1 drop eye 2/d | interrupt
M70 R00.1 | | timolol-eye 1 drop eye 2/d | interrupt
M70 R57.0 | | timolol-eye 1 drop eye 2/d | interrupt
M70 J44.1 | | timolol-eye 1 drop eye 2/d | interrupt
M70 | verapamil 80 mg po 3/d | timolol-eye 1 drop eye 2/d | interrupt
M70 | timolol-eye 1 drop eye 2/d | verapamil 80 mg po 3/d | interrupt
F40 | phenelzine 15 mg po 3/d | xylometazoline 1 spray nose 3/d | interrupt
F40 | tranylcypromine 10 mg po 2/d | brimonidine-eye 1 drop eye 2/d | stop
F40 | tranylcypromine 10 mg po 2/d | phenylephrine-eye 1 drop eye | stop
F40 | amitriptyline 25 mg po 1/d | phenylephrine-eye 1 drop eye | interrupt
M40 | lopinavir-ritonavir 2 tablet po 2/d | fluticasone 1 spray nose 1/d | interrupt
M40 | lopinavir-ritonavir 2 tablet po 2/d | budesonide 1 puff inh 2/d | interrupt
M40 | salmeterol 2 puff inh 2/d | clarithromycin 500 mg po 2/d | interrupt
M50 allergic:acetylsalicylic-acid | | diclofenac-topical 4 g skin 3/d | stop
M50 allergic:ibuprofen | | ketorolac-eye 1 drop eye 4/d | stop
M50 allergic:acetylsalicylic-acid | | methyl-salicylate 1 application skin 3/d | stop
M50 allergic:ciprofloxacin | | ciprofloxacin-ear 3 drop ear 2/d | stop
F30 Z34.03 | | diclofenac-topical 4 g skin 3/d | interrupt
M60 | | diclofenac-topical 10 g skin 4/d | interrupt
F25 | carbamazepine 200 mg po 2/d | etonogestrel-ethinylestradiol-ring 1 ring pv | interrupt
F30 I26.9 | | norelgestromin-ethinylestradiol-patch 1 patch td 1/wk | interrupt
# not sourced for the route, so as loud as by mouth
F30 Z39.1 | | chloramphenicol-eye 1 drop eye 4/d | interrupt
M50 K25.4 | | diclofenac-topical 4 g skin 3/d | interrupt
"""

HARMLESS = """
M65 I50.2 | | aspirin 75 mg po 1/d
M65 | bisoprolol 5 mg po 1/d; atorvastatin 80 mg po 1/d; ramipril 5 mg po 1/d | aspirin 75 mg po 1/d
M65 | methotrexate 15 mg po 1/wk; folic-acid 5 mg po 1/wk | aspirin 75 mg po 1/d
M65 | prednisolone 5 mg po 1/d | aspirin 75 mg po 1/d
M65 | lithium 400 mg po 2/d | aspirin 75 mg po 1/d
F30 Z34.03 | | aspirin 75 mg po 1/d
M65 I50.2 | bisoprolol 5 mg po 1/d; ramipril 5 mg po 1/d; furosemide 40 mg po 1/d | spironolactone 25 mg po 1/d
M65 I50.2 | bisoprolol 5 mg po 1/d; furosemide 40 mg po 1/d | dapagliflozin 10 mg po 1/d
M60 egfr70 | ramipril 5 mg po 1/d; amlodipine 5 mg po 1/d | metformin 1000 mg po 2/d
M50 70kg | | paracetamol 1000 mg po 4/d
M50 70kg | | paracetamol 1000 mg iv 4/d
M50 70kg | paracetamol 1000 mg po 4/d | ibuprofen 400 mg po 3/d
M50 | | amoxicillin 500 mg po 3/d
B3 15kg | | amoxicillin 250 mg po 3/d
B2 12kg | | paracetamol 180 mg po 4/d
B2 12kg | | ibuprofen 100 mg po 3/d
F60 | | levothyroxine 100 ug po 1/d
F60 | levothyroxine 100 ug po 1/d | calcium-carbonate 1250 mg po 2/d
F60 | | omeprazole 20 mg po 1/d
F40 | | sertraline 50 mg po 1/d
F70 70kg egfr60 | | enoxaparin 40 mg sc 1/d
F70 70kg egfr60 | | enoxaparin 70 mg sc 2/d
F70 egfr60 | bisoprolol 5 mg po 1/d | apixaban 5 mg po 2/d
F70 | bisoprolol 5 mg po 1/d | warfarin 3 mg po 1/d
F70 90kg egfr60 | metformin 500 mg po 2/d | insulin-glargine 20 [iU] sc 1/d
M50 70kg egfr90 | | gentamicin 350 mg iv 1/d
M50 70kg egfr90 | | vancomycin 1 g iv 2/d
M50 | | morphine 10 mg po 6/d
M50 | | ondansetron 4 mg iv 3/d
M50 allergic:benzylpenicillin | | cefazolin 2 g iv
F30 egfr90 | | nitrofurantoin 100 mg po 2/d
F30 Z34.01 | | folic-acid 5 mg po 1/d
F30 Z34.02 | | methyldopa 250 mg po 3/d
F30 Z34.02 | | amoxicillin 500 mg po 3/d
F30 Z39.1 | | paracetamol 1000 mg po 4/d
F30 Z39.1 | | ibuprofen 400 mg po 3/d
M50 | | metoclopramide 10 mg po 3/d
M60 | amlodipine 10 mg po 1/d | atorvastatin 40 mg po 1/d
M60 | clopidogrel 75 mg po 1/d; aspirin 75 mg po 1/d | pantoprazole 40 mg po 1/d
F70 egfr60 | | digoxin 125 ug po 1/d
M60 | allopurinol 300 mg po 1/d | colchicine 0.5 mg po 2/d
M60 | | phenytoin 300 mg po 1/d
M60 | | levetiracetam 500 mg po 2/d
M60 | | heparin 5000 [iU] sc 2/d
M60 | | heparin 5000 [iU] iv
M60 | | heparin 15000 [iU] sc 2/d
B5 18kg | | heparin 900 [iU] iv
M40 egfr80 | | lithium 800 mg po 2/d
F70 egfr60 | | lithium 400 mg po 2/d
F70 | | warfarin 5 mg po 1/d
F60 60kg C91.0 | | vincristine 2 mg iv
M50 | | midazolam 2 mg iv
M50 70kg | | lidocaine 200 mg infil
M50 | salbutamol 2 puff inh 4/d | prednisolone 40 mg po 1/d
M65 | lisinopril 10 mg po 1/d | hydrochlorothiazide 12.5 mg po 1/d
M50 | | hydrocortisone-topical 1 application skin 2/d
M60 | codeine 30 mg po 4/d; paracetamol 1000 mg po 4/d | senna 15 mg po 1/d
# given where they are to work
M40 | tizanidine 4 mg po 3/d | ciprofloxacin-ear 3 drop ear 2/d
M40 | ciprofloxacin-ear 3 drop ear 2/d | tizanidine 4 mg po 3/d
M60 | theophylline 200 mg po 2/d; clozapine 100 mg po 2/d | ciprofloxacin-ear 3 drop ear 2/d
F30 Z34.02 | | ciprofloxacin-ear 3 drop ear 2/d
M60 G70.0 | | ciprofloxacin-ear 3 drop ear 2/d
M70 | ciprofloxacin 500 mg po 2/d | ciprofloxacin-ear 3 drop ear 2/d
M60 | clozapine 100 mg po 2/d; theophylline 200 mg po 2/d | ciprofloxacin-eye 1 drop eye 6/d
M70 | amiodarone 200 mg po 1/d; haloperidol 5 mg po 2/d | moxifloxacin-eye 1 drop eye 3/d
M60 K74.6 | | terbinafine-topical 1 application skin 1/d
M60 | atorvastatin 40 mg po 1/d | fusidic-acid-topical 1 application skin 3/d
M60 | fusidic-acid-topical 1 application skin 3/d | simvastatin 20 mg po 1/d
F30 Z39.1 | | fusidic-acid-topical 1 application skin 3/d
M60 | simvastatin 20 mg po 1/d; eplerenone 25 mg po 1/d | ketoconazole-topical 1 application skin 1/d
M60 K74.6 | | ketoconazole-topical 1 application skin 1/d
M60 | clarithromycin 500 mg po 2/d | tacrolimus-topical 1 application skin 2/d
M60 | ciclosporin 100 mg po 2/d | tacrolimus-topical 1 application skin 2/d
M60 | tacrolimus 1 mg po 2/d | aciclovir-topical 1 application skin 5/d
M60 egfr8 | | aciclovir-topical 1 application eye 5/d
M60 | ibuprofen 400 mg po 3/d | ketorolac-eye 1 drop eye 4/d
M60 K25.4 | | ketorolac-eye 1 drop eye 4/d
F70 | warfarin 3 mg po 1/d | ketorolac-eye 1 drop eye 4/d
F70 | warfarin 3 mg po 1/d | diclofenac-topical 2 g skin 3/d
F70 | apixaban 5 mg po 2/d | diclofenac-topical 4 g skin 4/d
M60 | lithium 400 mg po 2/d; methotrexate 15 mg po 1/wk | diclofenac-topical 4 g skin 3/d
M60 | ibuprofen 400 mg po 3/d | diclofenac-topical 4 g skin 3/d
F70 | warfarin 3 mg po 1/d | miconazole 1 application skin 2/d
F30 | carbamazepine 200 mg po 2/d | levonorgestrel-ius 1 system iu
M70 | ramipril 5 mg po 1/d; amlodipine 5 mg po 1/d | timolol-eye 1 drop eye 2/d
M40 | | xylometazoline 1 spray nose 3/d
M40 | lopinavir-ritonavir 2 tablet po 2/d | beclometasone 2 puff inh 2/d
M60 | salbutamol 2 puff inh 4/d | salmeterol 2 puff inh 2/d
"""


def _lines(table: str) -> list[tuple[str, ...]]:
    rows = (line for line in table.splitlines() if line and not line.startswith("#"))
    return [tuple(cell.strip() for cell in line.split("|")) for line in rows]


@cache
def _shipped() -> tuple[dict[str, MedicineDefinition], dict[str, list[PresentationDefinition]], dict, Knowledge]:
    formulary, found = read_formulary(), read_shipped()
    packs: dict[str, list[PresentationDefinition]] = {}
    for pack in formulary.presentations:
        packs.setdefault(pack.medicine, []).append(pack)
    common = ("code", "kind", "says", "severity", "statement", "source")
    rows = [{"row": ""} | {name: getattr(one, name) for name in common} for one in found.rules]
    groups: dict[str, set[str]] = {}
    for member in found.members:
        groups.setdefault(member.ingredient, set()).add(member.group_name)
    known = Knowledge(tuple(filter(None, map(statement_of, rows))), groups)
    allergens = {one.code: one for one in formulary.allergens}
    return {one.code: one for one in formulary.medicines}, packs, allergens, known


def _person(facts: str) -> tuple[Person, list[KnownAllergy]]:
    """`F70 60kg egfr25 I50.2 allergic:penicillins`; B is a boy, in years (B0: three weeks old, or six months from 5 kg on)."""
    who, *more = facts.split()
    weight = next((Decimal(one[:-2]) for one in more if one.endswith("kg")), None)
    years = int(who[1:])
    born = date(TODAY.year - years, 1, 1)
    if who[0] == "B" and not years:
        born = date(2026, 11, 8) if weight and weight < 5 else date(2026, 5, 1)
    seen = [Seen("29463-7", TODAY, weight, "kg")] if weight else []
    problems, allergic = [], []
    for one in more:
        if one.startswith("egfr"):
            seen.append(Seen("98979-8", TODAY, Decimal(one[4:]), "mL/min/{1.73_m2}"))
        elif one.startswith("allergic:"):
            entry = _shipped()[2][one.split(":")[1]]
            ingredients = tuple(filter(None, (entry.ingredient,)))
            allergic.append(
                KnownAllergy(uuid7(), entry.display, ingredients=ingredients, allergy_groups=entry.allergy_groups)
            )
        elif not one.endswith("kg"):
            problems.append(Problem(ICD, one, one, TODAY))
    sex = "female" if who[0] == "F" else "male"
    return Person(TODAY, sex, born, tuple(problems), tuple(seen)), allergic


def _ordered(text: str) -> Proposed:
    said = _ORDER.fullmatch(text)
    assert said, text
    medicines, packs, _allergens, _known = _shipped()
    medicine, route = medicines[said["code"]], ROUTES[said["route"]]
    pack = next(one for one in packs[medicine.code] if route in one.routes)
    return Proposed(
        kind="medicine",
        patient_id=SYSTEM,
        medicine_id=_id(medicine.code),
        presentation_id=_id(pack.code),
        order_id=uuid7(),
        name=medicine.name,
        ingredients=medicine.ingredients,
        allergy_groups=medicine.allergy_groups,
        atc=next(iter(medicine.said("atc")), ""),
        dose=Decimal(said["dose"]),
        dose_unit=said["unit"],
        route=route,
        unit=pack.pack_unit,
        strength=pack.strength,
        pack_size=pack.pack_size,
        frequency=int(said["times"]) if said["times"] else None,
        period=Decimal(1) if said["times"] else None,
        period_unit=said["period"] or "",
    )


def _found(facts: str, taken: str, order: str) -> list[Finding]:
    person, allergic = _person(facts)
    before = [_ordered(one.strip()) for one in taken.split(";") if one.strip()]
    known = _shipped()[3]
    return judge(Case([_ordered(order)], "order", person, before, allergic, known=known))


@pytest.mark.guarantee("H4")
@pytest.mark.guarantee("H6")
@pytest.mark.parametrize(("facts", "taken", "order", "tier"), _lines(DANGEROUS))
def test_what_may_kill_is_asked_about(facts, taken, order, tier):
    found = _found(facts, taken, order)
    loudest = min((TIERS.index(one.tier) for one in found), default=len(TIERS))
    assert loudest <= TIERS.index(tier), [(one.tier, one.rule) for one in found]


@pytest.mark.guarantee("H6")
@pytest.mark.parametrize(("facts", "taken", "order"), _lines(HARMLESS))
def test_what_is_given_every_day_interrupts_nobody(facts, taken, order):
    loud = [(one.tier, one.rule) for one in _found(facts, taken, order) if one.tier in ("stop", "interrupt")]
    assert loud == []
