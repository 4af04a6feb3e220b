"""Invented people: given and family names of many places, some also in their own script. Made for Salus, of nobody."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Culture:
    """Names that go together, and the language that is spoken."""

    language: str
    female: tuple[str, ...]
    male: tuple[str, ...]
    family: tuple[str, ...]
    #: the same names in their own script, where people write them so
    script: dict[str, str]


def _culture(language: str, female: str, male: str, family: str, script: dict[str, str] | None = None) -> Culture:
    return Culture(language, tuple(female.split()), tuple(male.split()), tuple(family.split()), script or {})


CULTURES: tuple[Culture, ...] = (
    _culture(
        "en",
        "Alice Grace Hannah Isla Joan Margaret Nora Olive Phoebe Ruth Sylvia Tessa",
        "Arthur Benedict Colin Duncan Edmund Frank George Harold Ivan Julian Keith Leonard",
        "Ashworth Barlow Carver Denham Ellery Fenwick Garland Holloway Inskip Jessop Kirkby Langford Merrow Norcott",
    ),
    _culture(
        "es",
        "Adela Belén Carmen Dolores Elvira Fátima Gloria Inés Lucía Marisol Noemí Pilar",
        "Álvaro Bruno César Diego Efraín Fermín Gonzalo Héctor Ismael Joaquín Lázaro Martín",
        "Almagro Benavides Cárdenas Delgadillo Escobedo Fajardo Guijarro Ibáñez Lozano Muñoz Núñez Ordóñez Peñalver Zúñiga",
    ),
    _culture(
        "fr",
        "Amélie Brigitte Céline Delphine Élodie Françoise Geneviève Hélène Jacqueline Léa Maëlle Noëlle",
        "Aurélien Benoît Cédric Étienne Frédéric Gaëtan Jérôme Léon Mathéo Noël Rémi Théo",
        "Aubry Beaumont Chevallier Delacroix Fournier Garnier Lefèvre Marchand Noël Perrault Rousseau Thibault Vasseur",
    ),
    _culture(
        "de",
        "Anneliese Birgit Christa Dörte Elfriede Gisela Heike Ingeborg Käthe Liselotte Mareike Ursula",
        "Albrecht Bernd Dietmar Eberhard Günther Heinrich Jörg Jürgen Klaus Lothar Rüdiger Wolfgang",
        "Bäcker Brandt Döring Ehlers Förster Gärtner Hübner Jäger Köhler Möller Nußbaum Schäfer Weiß Zöllner",
    ),
    _culture(
        "pl",
        "Agnieszka Bożena Danuta Elżbieta Grażyna Halina Irena Jadwiga Łucja Małgorzata Róża Żaneta",
        "Bogdan Czesław Dariusz Grzegorz Jarosław Kazimierz Łukasz Mieczysław Paweł Stanisław Wiesław Zbigniew",
        "Bąk Cieślak Dąbrowski Gołębiewski Jabłoński Kołodziej Łuczak Mądry Nowicki Ostrowski Piątek Śliwa Wójcik Żuraw",
    ),
    _culture(
        "tr",
        "Ayşe Beyza Ceyda Defne Elif Fidan Gülşen Hatice İpek Meryem Nurgül Şule",
        "Ahmet Burak Cemal Doğan Emre Gökhan Hüseyin İbrahim Kemal Mert Özgür Yiğit",
        "Akın Bulut Çelik Doğan Erdem Güneş Işık Kılıç Öztürk Şahin Tekin Uçar Yıldız",
    ),
    _culture(
        "ar",
        "Amina Basma Dalal Fatima Hanan Iman Khadija Layla Maryam Nadia Rania Salma",
        "Adel Bashir Farid Hassan Ibrahim Jamal Khalil Mahmoud Nasser Omar Rashid Tariq",
        "Abbas Darwish Farouk Ghanem Haddad Jaber Khoury Mansour Najjar Qasim Saleh Tamimi Zidan",
        {
            "Amina": "أمينة",
            "Fatima": "فاطمة",
            "Layla": "ليلى",
            "Maryam": "مريم",
            "Nadia": "نادية",
            "Salma": "سلمى",
            "Hassan": "حسن",
            "Ibrahim": "إبراهيم",
            "Mahmoud": "محمود",
            "Omar": "عمر",
            "Rashid": "رشيد",
            "Tariq": "طارق",
            "Haddad": "حداد",
            "Khoury": "خوري",
            "Mansour": "منصور",
            "Saleh": "صالح",
            "Qasim": "قاسم",
            "Abbas": "عباس",
        },
    ),
    _culture(
        "hi",
        "Anjali Bhavna Deepa Geeta Kavita Lakshmi Meera Nisha Pooja Radha Sunita Usha",
        "Anil Deepak Gopal Harish Kishore Mahesh Naveen Prakash Rajesh Sanjay Suresh Vijay",
        "Agarwal Bhatt Chauhan Deshmukh Gupta Iyer Joshi Kapoor Mehta Nair Patel Reddy Sharma Verma",
        {"Lakshmi": "लक्ष्मी", "Meera": "मीरा", "Rajesh": "राजेश", "Sanjay": "संजय", "Sharma": "शर्मा", "Verma": "वर्मा"},
    ),
    _culture(
        "zh",
        "Fang Hui Jing Lan Li Mei Min Na Qing Xia Yan Ying",
        "Bo Chao Feng Gang Hao Jian Jun Lei Ming Peng Wei Yong",
        "Chen Deng Guo Huang Li Lin Liu Ma Sun Wang Wu Xu Yang Zhao Zhou",
        {
            "Mei": "梅",
            "Fang": "芳",
            "Jing": "静",
            "Yan": "燕",
            "Wei": "伟",
            "Ming": "明",
            "Jun": "军",
            "Feng": "峰",
            "Wang": "王",
            "Chen": "陈",
            "Li": "李",
            "Zhao": "赵",
            "Liu": "刘",
            "Huang": "黄",
        },
    ),
    _culture(
        "ru",
        "Anastasia Daria Ekaterina Galina Irina Larisa Marina Natalia Olga Polina Svetlana Tatiana",
        "Alexei Boris Dmitri Evgeny Gennady Igor Konstantin Leonid Nikolai Oleg Sergei Viktor",
        "Belov Chernov Gusev Kozlov Lebedev Morozov Orlov Pavlov Romanov Sokolov Titov Volkov Zaitsev",
        {
            "Irina": "Ирина",
            "Natalia": "Наталья",
            "Olga": "Ольга",
            "Svetlana": "Светлана",
            "Dmitri": "Дмитрий",
            "Sergei": "Сергей",
            "Igor": "Игорь",
            "Morozov": "Морозов",
            "Volkov": "Волков",
            "Orlov": "Орлов",
            "Sokolov": "Соколов",
        },
    ),
    _culture(
        "sw",
        "Amani Asha Furaha Halima Imani Jamila Mwanaidi Neema Pendo Rehema Subira Zawadi",
        "Baraka Daudi Hamisi Jabari Juma Kito Mosi Omari Rajabu Salim Tumaini Zuberi",
        "Abdalla Chacha Kamau Kimani Lema Mbeki Mwangi Njoroge Odhiambo Otieno Shirima Wanjiru",
    ),
    _culture(
        "vi",
        "Anh Bích Diệu Hạnh Hương Lan Linh Mai Ngọc Phương Thảo Tuyết",
        "Bảo Cường Dũng Đức Hải Hùng Khang Long Minh Phúc Quân Tuấn",
        "Bùi Đặng Đỗ Hoàng Lê Ngô Nguyễn Phạm Phan Trần Võ Vũ",
    ),
)
