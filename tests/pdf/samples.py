"""Invented papers for the tests and the bench: ordinary ones, and ones as long as life can make them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from certify.pdf.facts import (
    Adjournment,
    Annex,
    Appeal,
    Attendance,
    CastingVote,
    CertificateFacts,
    Convocation,
    Correction,
    DecisionFacts,
    Document,
    ErratumFacts,
    Interest,
    Item,
    Meeting,
    MinutesFacts,
    Motion,
    OpenFinding,
    PaperSeen,
    Present,
    Quorum,
    Reason,
    ReceiptFacts,
    Reservation,
    Signatory,
    Signature,
    Total,
)
from certify.pdf.tongues import Tongues

ISSUED = datetime(2026, 3, 15, 9, 30, tzinfo=UTC)
ADDRESS = "https://label.example.ma/v/7K9M4T2XP8QJ"
HOLDER = Tongues("Coopérative de démonstration Tighmi", "تعاونية تيغمي (نموذج)")
LONG_HOLDER = Tongues(
    "Groupement d’intérêt économique des coopératives féminines de Tafraout, Ida Ougnidif et Aït Souab",
    "مجموعة ذات النفع الاقتصادي للتعاونيات النسوية بتافراوت وإداوكنيضيف",
)
PRODUCT = Tongues("Miel d’euphorbe, 250 g", "عسل الدغموس، 250 غ")
LONG_PRODUCT = Tongues(
    "Huile d’argan alimentaire vierge extra issue d’amandons torréfiés, pressée à froid à la meule de pierre",
    "زيت أركان غذائي بكر ممتاز من اللوز المحمص، معصور على البارد بالرحى الحجرية التقليدية",
)
HONEY = Tongues("Miel", "العسل")
MEETING = Meeting("CH-2026-03", date(2026, 3, 12), "PV-CH-2026-03")
DIRECTOR = Signatory(
    Tongues("Salma Amrani (démonstration)", "سلمى العمراني (نموذج)"),
    Tongues("La directrice générale", "المديرة العامة"),
)
FORMATS = (
    Tongues("pot en verre, 250 g", "برطمان زجاجي، 250 غ"),
    Tongues("pot en verre, 500 g", "برطمان زجاجي، 500 غ"),
)
MANY_FORMATS = tuple(
    Tongues(f"bouteille en verre ambré, {size} ml", f"قارورة من الزجاج العنبري، {size} مل")
    for size in (20, 50, 100, 250, 375, 500, 750, 1000)
)
LABELS = (
    Tongues("Demande signée et engagement", "الطلب الموقع والالتزام"),
    Tongues("Attestation d’inscription au registre local", "شهادة التقييد في السجل المحلي للتعاونيات"),
    Tongues("Autorisation sanitaire de l’ONSSA", "الترخيص على المستوى الصحي"),
    Tongues("Fiche technique du produit", "البطاقة التقنية للمنتوج"),
    Tongues("Bulletin d’analyses de moins de 12 mois", "نشرة التحليل منذ أقل من 12 شهرا"),
    Tongues("Maquette de l’étiquette", "نموذج العنونة"),
)


def digest(seed: int) -> str:
    return f"{seed * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128:032x}" * 2


def receipt(documents: int = 6, demonstration: bool = True) -> ReceiptFacts:
    names = ("demande_signee.pdf", "نشرة التحليل.pdf", "Autorisation ONSSA Tighmi, scan, version finale corrigée.pdf")
    return ReceiptFacts(
        "REC-DEM-2026-00042",
        datetime(2026, 1, 5, 13, 5, tzinfo=UTC),
        "2026-1",
        dossier="DEM-2026-00042",
        applicant=HOLDER,
        product=PRODUCT,
        sector=HONEY,
        documents=tuple(
            Document(LABELS[rank % 6], names[rank % 3], 88_000 * (rank + 1) ** 2, digest(rank + 1))
            for rank in range(documents)
        ),
        completeness_due_on=date(2026, 2, 5),
        demonstration=demonstration,
    )


FINDINGS = (
    OpenFinding(
        "general.label",
        Tongues("Étiquetage conforme", "عنونة مطابقة"),
        Tongues.written("Le poids net manque sur l’étiquette du pot de 250 g."),
        (
            Tongues(
                "Sa correction a été demandée le 2 février 2026, au plus tard pour le 3 mai 2026.",
                "طلب تصحيحها يوم 2 فبراير 2026 في أجل أقصاه 3 ماي 2026.",
            ),
            Tongues("La correction a été déclarée le 9 mars 2026.", "صرح بالتصحيح يوم 9 مارس 2026."),
            Tongues(
                "Vérification faite le 12 mars 2026 : le point n’est pas résolu.",
                "تم التحقق يوم 12 مارس 2026، ولم تصحح النقطة.",
            ),
        ),
    ),
)
REASONS = (
    Reason(
        "MIEL-04",
        Tongues("Hydroxyméthylfurfural (HMF) ≤ 40 mg/kg", "هيدروكسي ميثيل فورفورال (HMF) لا يتجاوز 40 ملغ/كلغ"),
        Tongues("67 mg/kg, soit 27 mg/kg au-dessus de la limite", "67 ملغ/كلغ، أي بزيادة 27 ملغ/كلغ عن الحد"),
        Tongues("Bulletin LAB-2026-118 du 3 février 2026", "نشرة التحليل LAB-2026-118 بتاريخ 3 فبراير 2026"),
    ),
    Reason(
        "GEN-02",
        Tongues("Traçabilité d’un lot, bilan matière", "تتبع مسار حصة، حصيلة المواد"),
        Tongues.written("Le lot L-118 ne peut pas être relié aux ruches déclarées."),
        Tongues.written("تقرير الزيارة بتاريخ 20 يناير 2026"),
    ),
)
RESERVATIONS = (
    Reservation(
        Tongues(
            "Faire figurer le numéro d’autorisation sanitaire sur l’étiquette.", "إدراج رقم الترخيص الصحي في العنونة."
        ),
        date(2026, 6, 13),
    ),
    Reservation(Tongues.written("Fournir le bulletin d’analyse pollinique du lot L-119."), date(2026, 5, 1)),
)
APPEALS = (
    Appeal("review", Tongues("la directrice générale de l’Agence", "المديرة العامة للوكالة"), 30),
    Appeal("hierarchical", Tongues("le ministre chargé de l’agriculture", "الوزير المكلف بالفلاحة"), 30),
    Appeal("court", Tongues("le tribunal administratif d’Agadir", "المحكمة الإدارية بأكادير"), 60),
)


def decision(outcome: str = "approved", times: int = 1) -> DecisionFacts:
    met = outcome not in ("inadmissible", "lapsed")
    return DecisionFacts(
        "DEC-DEM-2026-00042",
        ISSUED,
        "2026-1",
        outcome=outcome,
        dossier="DEM-2026-00042",
        filed_on=date(2026, 1, 5),
        complete_on=date(2026, 1, 20) if met else None,
        applicant=HOLDER,
        product=PRODUCT,
        sector=HONEY,
        signatory=DIRECTOR,
        appeals=APPEALS,
        meeting=MEETING if met else None,
        reasons=REASONS * times if outcome in ("refused", "inadmissible") else (),
        blocking_facts=REASONS[:1] if outcome == "refused" else (),
        findings=FINDINGS if outcome == "refused" else (),
        reservations=RESERVATIONS * times if outcome == "approved_with_reservations" else (),
        licence="TDM-09-2026-0107-K" if outcome == "approved" else None,
        demonstration=True,
    )


SEATS = (
    ("Présidence", "الرئاسة", "Agence pour le développement agricole", "وكالة التنمية الفلاحية"),
    ("Filières", "السلاسل", "Direction de développement des filières de production", "مديرية تنمية سلاسل الإنتاج"),
    ("Sécurité sanitaire", "السلامة الصحية", "ONSSA", "المكتب الوطني للسلامة الصحية للمنتجات الغذائية"),
    ("Contrôle", "المراقبة", "Morocco Foodex", "موروكو فودكس"),
    ("Recherche", "البحث", "INRA", "المعهد الوطني للبحث الزراعي"),
    ("Coopératives", "التعاونيات", "ODCO", "مكتب تنمية التعاون"),
    ("Propriété industrielle", "الملكية الصناعية", "OMPIC", "المكتب المغربي للملكية الصناعية والتجارية"),
    ("Consommateurs", "المستهلكون", "Association de consommateurs", "جمعية المستهلكين"),
)
OPENED = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)


def attendance() -> tuple[Attendance, ...]:
    return tuple(
        Attendance(
            Tongues(seat, seat_ar),
            Tongues(body, body_ar),
            None if rank == 7 else Tongues(f"Membre de démonstration {rank + 1}", f"عضو نموذجي {rank + 1}"),
            "alternate" if rank == 3 else "titular",
            None if rank in (6, 7) else OPENED + timedelta(minutes=rank),
            OPENED + timedelta(hours=2) if rank == 4 else None,
            is_remote=rank == 5,
            represents=Tongues("Titulaire de démonstration", "عضو رسمي نموذجي") if rank == 3 else None,
        )
        for rank, (seat, seat_ar, body, body_ar) in enumerate(SEATS)
    )


def totals(*counts: int) -> tuple[Total, ...]:
    choices = ("favourable", "favourable_with_reservations", "adjourn", "unfavourable", "abstention")
    return tuple(Total(choice, count) for choice, count in zip(choices, counts, strict=True))


DEBATE = Tongues(
    "Le rapporteur présente le produit, son aire de production et les analyses. Un membre demande si la miellerie"
    " extrait pour d’autres apiculteurs ; le rapporteur répond que le registre des entrées le montre et que les lots"
    " sont séparés. Le comité constate que l’étiquette est conforme.",
    "قدم المقرر المنتوج ومجال إنتاجه ونتائج التحاليل. وتساءل أحد الأعضاء عما إذا كانت وحدة الاستخراج تشتغل لفائدة"
    " نحالين آخرين، فأجاب المقرر بأن سجل المدخلات يبين ذلك وأن الحصص مفصولة. وعاينت اللجنة مطابقة العنونة.",
)


def item(rank: int) -> Item:
    """One item in turn: approved, with reservations, refused by the casting vote, adjourned, without quorum."""
    outcome = ("approved", "approved_with_reservations", "refused", "adjourned", "postponed")[(rank - 1) % 5]
    opened = OPENED + timedelta(minutes=5 * rank)
    reached = outcome != "postponed"
    return Item(
        rank,
        f"DEM-2026-{rank + 41:05d}",
        PRODUCT if rank % 2 else LONG_PRODUCT,
        HOLDER if rank % 3 else LONG_HOLDER,
        HONEY,
        outcome,
        rapporteur=Tongues("Rapporteur de démonstration", "مقرر نموذجي"),
        opened_at=opened,
        closed_at=opened + timedelta(minutes=4),
        quorum=Quorum(
            7,
            4,
            5 if reached else 3,
            reached,
            Tongues("L’examen peut avoir lieu.", "يمكن دراسة النقطة.")
            if reached
            else Tongues("Le point est renvoyé à la réunion suivante.", "تحال النقطة على الاجتماع المقبل."),
        ),
        interests=(
            Interest(
                Tongues("Membre de démonstration 4", "عضو نموذجي 4"),
                Tongues("Contrôle", "المراقبة"),
                Tongues("parente d’une adhérente de la coopérative", "قرابة مع منخرطة في التعاونية"),
                left_at=opened,
                back_at=opened + timedelta(minutes=4),
            ),
        )
        if rank % 2
        else (),
        papers=tuple(PaperSeen(LABELS[place], digest(rank * 10 + place)) for place in range(4)) if reached else (),
        debate=DEBATE if reached else None,
        totals=totals(3, 1, 0, 1, 0) if reached else (),
        reasoning=(
            Tongues(
                "Suffrages exprimés : 5. Favorables : 3 ; défavorable : 1.",
                "الأصوات المعبر عنها: 5. الموافقون: 3؛ الرافضون: 1.",
            ),
            Tongues(
                "Plus de la moitié des suffrages exprimés : la règle est remplie.",
                "أكثر من نصف الأصوات المعبر عنها: القاعدة مستوفاة.",
            ),
        )
        if reached
        else (),
        motions=(Motion("adjourn", 0, 3, False), Motion("favourable", 3, 3, True)) if reached else (),
        correction=Correction(2, Tongues.written("Unité d’une mesure corrigée.")) if rank == 2 else None,
        casting_vote=CastingVote(Tongues("Membre de démonstration 1", "عضو نموذجي 1"), "unfavourable")
        if outcome == "refused"
        else None,
        reasons=REASONS if outcome == "refused" else (),
        reservations=RESERVATIONS[:1] if outcome == "approved_with_reservations" else (),
        adjournment=Adjournment(
            Tongues("Un nouveau bulletin d’analyses", "نشرة تحليل جديدة"),
            Tongues("Demandeur", "صاحب الطلب"),
            date(2026, 5, 11),
        )
        if outcome == "adjourned"
        else None,
        present=tuple(present(place, opened) for place in range(1, 7)) if reached else (),
    )


def present(place: int, opened: datetime) -> Present:
    """One of six people in the room; the second from afar, the fifth came late, the sixth left."""
    return Present(
        Tongues(f"Membre de démonstration {place}", f"عضو نموذجي {place}"),
        Tongues("Contrôle", "المراقبة"),
        is_remote=place == 2,
        came_at=opened + timedelta(minutes=1) if place == 5 else None,
        left_at=opened + timedelta(minutes=3) if place == 6 else None,
    )


def minutes(items: int = 5) -> MinutesFacts:
    return MinutesFacts(
        "PV-CH-2026-03",
        ISSUED,
        "2026-1",
        meeting="CH-2026-03",
        place=Tongues("Rabat, siège de l’Agence", "الرباط، مقر الوكالة"),
        opened_at=OPENED,
        closed_at=OPENED + timedelta(hours=4),
        convocation=Convocation(date(2026, 2, 27), 2, True, "CH-2026-02"),
        attendance=attendance(),
        items=tuple(item(rank) for rank in range(1, items + 1)),
        president=Signature(
            Tongues("Membre de démonstration 1", "عضو نموذجي 1"),
            Tongues("Le président du comité", "رئيس اللجنة"),
            ISSUED,
        ),
        secretary=Signature(
            Tongues("Secrétaire de démonstration", "كاتب نموذجي"),
            Tongues("Le secrétaire de séance", "كاتب الجلسة"),
            ISSUED,
        ),
        annexes=(
            Annex(Tongues("Feuille de présence", "ورقة الحضور"), digest(900)),
            *(
                Annex(
                    Tongues(
                        f"Point {rank}\u00a0: 4 documents examinés, 6 déclarations d’intérêts, 1 conflit tranché",
                        f"النقطة {rank}: الوثائق المعروضة 4، التصريحات بالمصالح 6، القرارات في التجريح 1",
                    ),
                    digest(910 + rank),
                )
                for rank in range(1, items + 1)
            ),
        ),
        demonstration=True,
        version=2,
        text_sha256=digest(901),
    )


def erratum() -> ErratumFacts:
    return ErratumFacts(
        "PV-CH-2026-03-R1",
        ISSUED,
        "2026-1",
        minutes="PV-CH-2026-03",
        minutes_version=2,
        minutes_sha256=digest(901),
        meeting="CH-2026-03",
        held_on=OPENED.date(),
        passage=Tongues("Présences, arrivées et départs", "الحضور وأوقاته"),
        says=Tongues.written("Mme Bouchra El Amrani, suppléante, est arrivée à 9 h 40."),
        should_say=Tongues.written("Mme Bouchra El Amrani, titulaire, est arrivée à 9 h 30."),
        reason=Tongues.written("La feuille de présence signée porte la bonne heure ; elle a été mal recopiée."),
        rank=2,
        dossier="DEM-2026-00042",
        product=PRODUCT,
        applicant=HOLDER,
        president=minutes().president,
        secretary=minutes().secretary,
        demonstration=True,
        text_sha256=digest(902),
    )


def certificate(demonstration: bool = False) -> CertificateFacts:
    return CertificateFacts(
        "CERT-TDM-09-2026-0107-K-1",
        ISSUED,
        "2026-1",
        licence="TDM-09-2026-0107-K",
        dossier="DEM-2026-00042",
        product=PRODUCT,
        holder=HOLDER,
        site=Tongues("Miellerie de Tighmi, commune de Tighmi", "وحدة استخراج العسل بتيغمي، جماعة تيغمي"),
        province=Tongues("Tiznit", "تيزنيت"),
        region=Tongues("Souss-Massa", "سوس-ماسة"),
        sector=HONEY,
        usage=Tongues("Alimentaire", "غذائي"),
        formats=FORMATS,
        valid_from=date(2026, 3, 16),
        valid_to=date(2029, 3, 15),
        meeting=MEETING,
        signatory=DIRECTOR,
        mark="7K9M4T2XP8QJ",
        address=ADDRESS,
        sign=Tongues("IG Miel d’euphorbe de Souss-Massa", "البيان الجغرافي «عسل الدغموس سوس ماسة»"),
        sanitary_number="M.9.118.24",
        demonstration=demonstration,
    )


def typed_certificate() -> CertificateFacts:
    """A certificate whose people typed in one language alone: no Arabic name, formats and site in French."""
    return replace(
        certificate(),
        holder=Tongues("Coopérative de démonstration Tighmi"),
        site=Tongues.written("Miellerie de Tighmi, commune de Tighmi"),
        formats=(Tongues.written("250 g, pot en verre"), Tongues.written("500 g, pot en verre")),
        signatory=Signatory(Tongues.written("Salma Amrani"), Tongues("Direction générale", "المديرية العامة")),
    )


def long_certificate() -> CertificateFacts:
    return CertificateFacts(
        "CERT-TDM-07-2026-1107-K-12",
        ISSUED,
        "2026-1",
        licence="TDM-07-2026-1107-K",
        dossier="DEM-2026-10042",
        product=LONG_PRODUCT,
        holder=LONG_HOLDER,
        site=Tongues(
            "Unité de concassage et de conditionnement, douar Aït Mansour Ouzoun, commune d’Ida Ougnidif",
            "وحدة التكسير والتوضيب، دوار آيت منصور أوزون، جماعة إداوكنيضيف، طريق تافراوت",
        ),
        province=Tongues("Chtouka-Aït Baha", "شتوكة آيت باها"),
        region=Tongues("Souss-Massa", "سوس-ماسة"),
        sector=Tongues(
            "Plantes aromatiques et médicinales et huiles essentielles", "النباتات الطبية والعطرية والزيوت الأساسية"
        ),
        usage=Tongues("Alimentaire", "غذائي"),
        formats=MANY_FORMATS,
        valid_from=date(2026, 12, 31),
        valid_to=date(2029, 12, 30),
        meeting=MEETING,
        signatory=Signatory(
            Tongues("Mohammed Abderrahmane Benjelloun Touimi El Alaoui", "محمد عبد الرحمان بنجلون التويمي العلوي"),
            Tongues(
                "Le directeur général par intérim, par délégation du ministre",
                "المدير العام بالنيابة، بتفويض من الوزير",
            ),
        ),
        mark="7K9M4T2XP8QJ",
        address="https://verification.label-terroir.agriculture.example.ma/v/7K9M4T2XP8QJ",
        sign=Tongues(
            "Indication géographique « Huile d’argane », organisme certificateur OCC-04",
            "البيان الجغرافي «زيت أركان»، هيئة التصديق OCC-04",
        ),
        sanitary_number="HFO.19.118423.24",
        demonstration=True,
    )
