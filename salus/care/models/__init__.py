"""Referrals, follow-ups, treatments and who cares for a patient."""

from salus.care.models.follow_ups import FollowUp
from salus.care.models.referrals import Referral
from salus.care.models.teams import TeamMember
from salus.care.models.templates import PlanTemplate
from salus.care.models.treatments import Session, Treatment

__all__ = ["FollowUp", "PlanTemplate", "Referral", "Session", "TeamMember", "Treatment"]
